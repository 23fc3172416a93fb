"""What is wanted of a molecule, and the one number (`utility`) the optimiser maximises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

import torch
from torch import Tensor

from bayesopt.desirability import Curve, check_curve, curve_from_json, curve_to_json, on_curve
from bayesopt.errors import SpecError
from bayesopt.oracles import MAX_MAGNITUDE as MAX_MAGNITUDE
from bayesopt.oracles import MEASURED, Direction, Oracle, build_oracle
from bayesopt.trial import Trial, TrialStatus

ScalarizationMethod = Literal["weighted", "geometric", "pareto"]

MIN_SPREAD = 1e-15
"""Of the range that scales an objective, so that what is divided by it stays finite."""


@dataclass(frozen=True)
class Objective:
    """One property to push up, down, to a target, or up a desirability curve.

    With a curve the curve alone scores the values; `direction` then only says which way a cautious
    oracle leans, and must not be `target`.

    Raises:
        SpecError: an unknown built-in, a target without a value or out of reach, a weight, range or
            curve of no use.
    """

    name: str
    """A computed oracle's name; any name where the source is another."""
    direction: Direction = "maximize"
    target: float | None = None
    """In the objective's unit; only with direction `target`."""
    tolerance: float = 0.0
    """Distance from the target that is as good as the target itself; same unit."""
    weight: float = 1.0
    """Relative to the other objectives."""
    source: str = "computed"
    """`computed`, `measured`, `model`, or one that was registered."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Of the oracle, such as `{"smiles": ...}` for `similarity`."""
    low: float | None = None
    high: float | None = None
    """The range that sets this objective's scale among several; the oracle's own where absent."""
    desirability: Curve = ()
    """Points to score the values by; none where direction and range do."""

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
        if self.desirability:
            self._check_desirability()
        if self.source != MEASURED:
            self.oracle()

    def _check_desirability(self) -> None:
        if self.target is not None:
            raise SpecError(
                f"{self.name}: a target or a desirability curve, not both", "/desirability"
            )
        check_curve(self.name, self.desirability)

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
        """What gives this objective's values, unless they are measured.

        Raises:
            UnknownOracleError: `name` is no computed objective.
            SpecError: no such source, or its parameters are not what it takes.
        """
        return build_oracle(self.source, self.name, self.parameters, self.direction)

    def usual_range(self) -> tuple[float, float] | None:
        """The given range, else the oracle's; None where neither is known."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        if self.source == MEASURED:
            return None
        spec = self.oracle().spec
        return None if spec.low is None or spec.high is None else (spec.low, spec.high)

    def gain(self, values: Tensor) -> Tensor:
        """`values` (any shape) as a number of which more is better.

        The height of the curve; else, in the objective's unit, the value, its negative, or minus
        the distance from the target's tolerance band.
        """
        if self.desirability:
            return on_curve(self.desirability, values)
        if self.direction == "maximize":
            return values
        if self.direction == "minimize":
            return -values
        assert self.target is not None  # noqa: S101  (checked when built)
        return -((values - self.target).abs() - self.tolerance).clamp_min(0)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self) | {"desirability": curve_to_json(self.desirability)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The objective that `to_dict` wrote.

        Raises:
            SpecError: an unknown member, or as the class.
        """
        try:
            curve = curve_from_json(data.get("desirability"))
            return cls(**{**data, "desirability": curve})
        except (KeyError, TypeError) as error:
            raise SpecError(f"not an objective: {error}") from error


@dataclass(frozen=True, slots=True)
class Scalarization:
    """From a trial's values to its utility, which is maximised.

    One objective keeps its own units: `gain`. Several are each brought to a desirability of about
    [0, 1] over their range, 1 being best: `(value - low) / (high - low)` for maximize,
    `(high - value) / (high - low)` for minimize, `1 + gain / (high - low)` for a target, or the
    height of the curve. Their weighted mean is arithmetic and nothing is clipped, so that a value
    beyond the usual range still counts as better or worse; or it is geometric, over desirabilities
    clipped to [0, 1], so that a molecule of no use in one respect is of no use at all. `pareto` is
    for optimisers that compare whole vectors; trials are ranked by the arithmetic mean.

    Source: Derringer and Suich, J. Qual. Technol. 12:214 (1980),
    doi:10.1080/00224065.1980.11980968, for the geometric mean.
    """

    objectives: tuple[Objective, ...]
    ranges: Mapping[str, tuple[float, float]]
    """Of the objectives without a curve."""
    method: ScalarizationMethod = "weighted"

    @classmethod
    def fit(
        cls,
        objectives: Sequence[Objective],
        trials: Sequence[Trial],
        method: ScalarizationMethod = "weighted",
    ) -> Self:
        """The scalarisation over the usual ranges.

        An objective without one takes the range told so far, so its weight holds from the first
        values on; utilities are comparable only under one scalarisation.
        """
        ranges = {
            o.name: o.usual_range() or _told_range(o.name, trials)
            for o in objectives
            if not o.desirability
        }
        return cls(tuple(objectives), ranges, method)

    def utility(self, trial: Trial) -> float | None:
        """Of an evaluated trial; None while values are missing or withdrawn."""
        values = self._values(trial)
        return None if values is None else float(self.utilities(values))

    def trial_desirabilities(self, trial: Trial) -> tuple[float, ...] | None:
        """One per objective, unclipped; None while values are missing or withdrawn."""
        values = self._values(trial)
        return None if values is None else tuple(self.desirabilities(values).tolist())

    def utilities(self, values: Tensor) -> Tensor:
        """`...` utilities of `... x m` values in the order of the objectives."""
        if len(self.objectives) == 1:
            return self.objectives[0].gain(values[..., 0])
        weights = torch.tensor([o.weight for o in self.objectives]).to(values)
        desirabilities = self.desirabilities(values)
        if self.method == "geometric":
            return _geometric_mean(desirabilities.clamp(0, 1), weights / weights.sum())
        return desirabilities @ (weights / weights.sum())

    def desirabilities(self, values: Tensor) -> Tensor:
        """`... x m` values, each brought to about [0, 1] over its range, 1 being best."""
        return torch.stack(
            [self._desirability(o, values[..., i]) for i, o in enumerate(self.objectives)], dim=-1
        )

    def _desirability(self, objective: Objective, values: Tensor) -> Tensor:
        if objective.desirability:
            return objective.gain(values)
        low, high = self.ranges[objective.name]
        origin = {"maximize": -low, "minimize": high, "target": high - low}[objective.direction]
        return (origin + objective.gain(values)) / (high - low)

    def _values(self, trial: Trial) -> Tensor | None:
        if trial.status is not TrialStatus.EVALUATED:
            return None
        values = [trial.values[objective.name].value for objective in self.objectives]
        return torch.tensor(values, dtype=torch.double)


def _geometric_mean(values: Tensor, weights: Tensor) -> Tensor:
    """`...` weighted means of `... x m`; 0 where one is. `weights` (`m`) sum to 1."""
    # The floor keeps the gradient finite; what it lifts is 0 by the last factor.
    logs = values.clamp_min(torch.finfo(values.dtype).tiny).log()
    return (logs @ weights).exp() * (values > 0).all(-1)


def _told_range(name: str, trials: Sequence[Trial]) -> tuple[float, float]:
    told = [trial.values[name].value for trial in trials if name in trial.values]
    low, high = (min(told), max(told)) if told else (0.0, 1.0)
    # A single value has no spread; one unit keeps the scale finite until a second arrives.
    return (low, high) if high - low >= MIN_SPREAD else (low, low + 1.0)
