"""What is wanted of a molecule, and the one number (`utility`) the optimiser maximises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

import torch
from torch import Tensor

from bayesopt.errors import SpecError
from bayesopt.oracles import Oracle, get_oracle
from bayesopt.trial import Trial, TrialStatus

MAX_MAGNITUDE = 1e15
"""Of any value, bound or weight: beyond every property, and whatever is computed from such numbers
stays finite, which one value mistyped as 1e308 would not."""

MIN_SPREAD = 1e-15
"""Of the range that scales an objective, for the same reason."""


@dataclass(frozen=True)
class Objective:
    """One property to push up, down or to a target.

    Raises:
        SpecError: an unknown built-in, a target without a value, a weight or range of no use.
    """

    name: str
    """A built-in oracle's name, or any name of a measured property."""
    direction: Literal["maximize", "minimize", "target"] = "maximize"
    target: float | None = None
    """In the objective's unit; only with direction `target`."""
    tolerance: float = 0.0
    """Distance from the target that is as good as the target itself; same unit."""
    weight: float = 1.0
    """Relative to the other objectives."""
    source: Literal["computed", "measured"] = "computed"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Of the oracle, such as `{"smiles": ...}` for `similarity`."""
    low: float | None = None
    high: float | None = None
    """The range that sets this objective's scale among several; the oracle's own where absent."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise SpecError("an objective needs a name", "/name")
        if self.direction not in ("maximize", "minimize", "target"):
            raise SpecError(
                f"{self.name}: direction {self.direction!r}; give maximize, minimize or target",
                "/direction",
            )
        if (self.direction == "target") != (self.target is not None):
            raise SpecError(f"{self.name}: direction target and a target go together", "/target")
        self._check_numbers()
        if self.source == "computed":
            self.oracle()
        elif self.source != "measured":
            raise SpecError(
                f"{self.name}: source {self.source!r}; give computed or measured", "/source"
            )

    def _check_numbers(self) -> None:
        for member in ("target", "tolerance", "weight", "low", "high"):
            value = getattr(self, member)
            if value is not None and not math.isfinite(value):
                raise SpecError(f"{self.name}: {member} is {value}, not a number", f"/{member}")
            if value is not None and abs(value) > MAX_MAGNITUDE:
                raise SpecError(
                    f"{self.name}: {member} is {value}; at most {MAX_MAGNITUDE:g} is accepted",
                    f"/{member}",
                )
        if self.tolerance < 0:
            raise SpecError(f"{self.name}: tolerance {self.tolerance} is negative", "/tolerance")
        if self.weight <= 0:
            raise SpecError(f"{self.name}: weight {self.weight} must be above 0", "/weight")
        if (self.low is None) != (self.high is None):
            raise SpecError(f"{self.name}: give low and high, or neither", "/low")
        if self.low is not None and self.high is not None and self.high - self.low < MIN_SPREAD:
            raise SpecError(f"{self.name}: low {self.low} is not below high {self.high}", "/low")

    def oracle(self) -> Oracle:
        """The built-in that computes this objective.

        Raises:
            UnknownOracleError: `name` is none of them.
        """
        return get_oracle(self.name, self.parameters)

    def usual_range(self) -> tuple[float, float] | None:
        """The given range, else the oracle's; None for a measured objective without one."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        if self.source == "measured":
            return None
        spec = self.oracle().spec
        return spec.low, spec.high

    def gain(self, values: Tensor) -> Tensor:
        """`values` (any shape) with the sign turned so that more is better; own units.

        The value, its negative, or minus the distance from the target's tolerance band.
        """
        if self.direction == "maximize":
            return values
        if self.direction == "minimize":
            return -values
        assert self.target is not None  # noqa: S101  (checked when built)
        return -((values - self.target).abs() - self.tolerance).clamp_min(0)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The objective that `to_dict` wrote.

        Raises:
            SpecError: an unknown member, or as the class.
        """
        try:
            return cls(**data)
        except TypeError as error:
            raise SpecError(f"not an objective: {error}") from error


@dataclass(frozen=True, slots=True)
class Scalarization:
    """From a trial's values to its utility, which is maximised.

    One objective keeps its own units: `gain`. Several are each brought to about [0, 1] over their
    range, 1 being best, and averaged by weight: `(value - low) / (high - low)` for maximize,
    `(high - value) / (high - low)` for minimize, and `1 + gain / (high - low)` for a target.
    Nothing is clipped, so that a value beyond the usual range still counts as better or worse.
    """

    objectives: tuple[Objective, ...]
    ranges: Mapping[str, tuple[float, float]]

    @classmethod
    def fit(cls, objectives: Sequence[Objective], trials: Sequence[Trial]) -> Self:
        """The scalarisation over the usual ranges.

        A measured objective without one takes the range told so far, so its weight holds from the
        first values on; utilities are comparable only under one scalarisation.
        """
        ranges = {o.name: o.usual_range() or _told_range(o.name, trials) for o in objectives}
        return cls(tuple(objectives), ranges)

    def utility(self, trial: Trial) -> float | None:
        """Of an evaluated trial; None while values are missing or withdrawn."""
        if trial.status is not TrialStatus.EVALUATED:
            return None
        values = [trial.values[objective.name].value for objective in self.objectives]
        return float(self.utilities(torch.tensor(values, dtype=torch.double)))

    def utilities(self, values: Tensor) -> Tensor:
        """`...` utilities of `... x m` values in the order of the objectives."""
        if len(self.objectives) == 1:
            return self.objectives[0].gain(values[..., 0])
        weights = torch.tensor([o.weight for o in self.objectives]).to(values)
        return self.desirabilities(values) @ (weights / weights.sum())

    def desirabilities(self, values: Tensor) -> Tensor:
        """`... x m` values, each brought to about [0, 1] over its range, 1 being best."""
        return torch.stack(
            [self._desirability(o, values[..., i]) for i, o in enumerate(self.objectives)], dim=-1
        )

    def _desirability(self, objective: Objective, values: Tensor) -> Tensor:
        low, high = self.ranges[objective.name]
        origin = {"maximize": -low, "minimize": high, "target": high - low}[objective.direction]
        return (origin + objective.gain(values)) / (high - low)


def _told_range(name: str, trials: Sequence[Trial]) -> tuple[float, float]:
    told = [trial.values[name].value for trial in trials if name in trial.values]
    low, high = (min(told), max(told)) if told else (0.0, 1.0)
    # A single value has no spread; one unit keeps the scale finite until a second arrives.
    return (low, high) if high - low >= MIN_SPREAD else (low, low + 1.0)
