"""What a campaign is asked to do, as frozen data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar, get_args

from bayesopt.constraints import Constraint, constraint_from_dict
from bayesopt.contradictions import check_consistent
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective, ScalarizationMethod
from bayesopt.trial import SearchMethod
from data.errors import MoleculeError
from data.molecules import parse

Part = TypeVar("Part")


@dataclass(frozen=True)
class CampaignSpec:
    """The whole of a campaign's settings; with the model and the trials it fixes every `ask`.

    Raises:
        SpecError: the first setting that cannot be run, with its JSON pointer.
    """

    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...] = ()
    initial_smiles: tuple[str, ...] = ()
    num_initial_samples: int = 20
    """Molecules drawn from the model's prior beside `initial_smiles`."""
    batch_size: int = 8
    """Molecules an `ask` gives unless told otherwise."""
    seed: int = 0
    method: SearchMethod = "auto"
    max_evaluations: int | None = None
    """Budget, in molecules that the campaign brought and that were evaluated; None is no limit."""
    scalarization: ScalarizationMethod = "weighted"
    """How several objectives become one utility: see `Scalarization`."""
    fine_tune_every: int | None = None
    """Evaluated molecules after which a copy of the model's decoder is tuned on them again; None:
    the decoder stays as it is. See `bayesopt.tuning`."""

    def __post_init__(self) -> None:
        if not self.objectives:
            raise SpecError("a campaign needs at least one objective", "/objectives")
        names = [objective.name for objective in self.objectives]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise SpecError(f"objective {name!r} is given twice", f"/objectives/{index}/name")
        if self.method not in get_args(SearchMethod):
            known = ", ".join(get_args(SearchMethod))
            raise SpecError(f"method {self.method!r}; give one of {known}", "/method")
        if self.scalarization not in get_args(ScalarizationMethod):
            known = " or ".join(get_args(ScalarizationMethod))
            raise SpecError(f"scalarization {self.scalarization!r}; give {known}", "/scalarization")
        self._check_integers()
        check_consistent(self.objectives, self.constraints)
        for index, smiles in enumerate(self.initial_smiles):
            try:
                parse(smiles)
            except MoleculeError as error:
                raise SpecError(str(error), f"/initial_smiles/{index}") from error

    def _check_integers(self) -> None:
        lowest = {
            "num_initial_samples": 0,
            "batch_size": 1,
            "seed": 0,
            "max_evaluations": 1,
            "fine_tune_every": 1,
        }
        for member, bound in lowest.items():
            value = getattr(self, member)
            if value is not None and value < bound:
                raise SpecError(f"{member} is {value}; it must be at least {bound}", f"/{member}")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; `from_dict` takes it back without loss."""
        return {
            "objectives": [objective.to_dict() for objective in self.objectives],
            "constraints": [constraint.to_dict() for constraint in self.constraints],
            "initial_smiles": list(self.initial_smiles),
            "num_initial_samples": self.num_initial_samples,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "method": self.method,
            "max_evaluations": self.max_evaluations,
            "scalarization": self.scalarization,
            "fine_tune_every": self.fine_tune_every,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The settings that `to_dict` wrote; absent members take their defaults.

        Raises:
            SpecError: an unknown member, or as the class; its pointer is into `data`.
        """
        members = dict(data)
        objectives = tuple(
            _part(f"/objectives/{index}", Objective.from_dict, item)
            for index, item in enumerate(members.pop("objectives", ()))
        )
        constraints = tuple(
            _part(f"/constraints/{index}", constraint_from_dict, item)
            for index, item in enumerate(members.pop("constraints", ()))
        )
        initial = tuple(members.pop("initial_smiles", ()))
        try:
            return cls(objectives, constraints, initial, **members)
        except TypeError as error:
            raise SpecError(f"not a campaign: {error}") from error


def _part(
    pointer: str, build: Callable[[Mapping[str, Any]], Part], data: Mapping[str, Any]
) -> Part:
    """What `build` makes of a member, its error pointing from the whole."""
    try:
        return build(data)
    except SpecError as error:
        raise error.within(pointer) from None
