"""The stored trial: everything a campaign knows of one molecule it met."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Literal, Self

SearchMethod = Literal["auto", "random", "genetic", "cma_es", "gradient"]
"""`auto`: Bayesian optimisation in a trust region of the latent space. `random`: samples of the
model's prior. `genetic`: a genetic algorithm on molecular graphs. `cma_es`: CMA-ES in the latent
space. `gradient`: gradient ascent on the model's property heads."""

Method = Literal[
    "initial", "prior", "trust_region", "crossover", "genetic", "cma_es", "gradient", "told"
]
"""Who brought a molecule: the user's start, the model's prior, an optimiser (`auto` from around the
best, or from between them), or a `tell`."""


class TrialStatus(StrEnum):
    """The state of a trial."""

    PENDING = "pending"  # suggested; no value yet
    PARTIAL = "partial"  # some objectives have a value, some have none
    EVALUATED = "evaluated"  # every objective has a value
    INFEASIBLE = "infeasible"  # invalid decode, broken constraint or oracle error; never evaluated
    ABANDONED = "abandoned"  # given up by the user, as after a failed synthesis
    WITHDRAWN = "withdrawn"  # its values were taken back; who stores the trial has them as history


INVALID_DECODE = "invalid decode"
NOT_ENCODABLE = "not encodable"
CONSTRAINT = "constraint"
ORACLE_ERROR = "oracle error"
NO_BUDGET = "no budget"
"""How the reason of a trial begins, by what went wrong."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one objective, in the objective's own unit, and where it came from."""

    value: float
    """The mean, where the measurement was repeated."""
    source: str
    replicates: tuple[float, ...] = ()
    """The repeats of one measurement, ascending, as their order means nothing; empty without."""

    @classmethod
    def of(cls, measured: float | Sequence[float], source: str) -> Self:
        """From a value or from replicates; one replicate is a value.

        Raises:
            ValueError: no replicate.
        """
        if not isinstance(measured, Sequence):
            return cls(float(measured), source)
        if not measured:
            raise ValueError("no replicate is given; leave the objective out")
        replicates = tuple(sorted(float(value) for value in measured))
        mean = math.fsum(replicates) / len(replicates)
        return cls(mean, source, replicates if len(replicates) > 1 else ())

    @property
    def num_replicates(self) -> int:
        """Measurements behind `value`, at least 1."""
        return max(1, len(self.replicates))

    @property
    def standard_error(self) -> float | None:
        """Of the mean, from its own replicates (`s / sqrt(n)`, ddof 1); None below two."""
        n = len(self.replicates)
        return None if n == 0 else math.sqrt(sum_of_squares(self.replicates) / (n - 1) / n)


def sum_of_squares(values: Sequence[float]) -> float:
    """Of the deviations from the mean; in the square of the values' unit."""
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the surrogate said of a molecule before its values were known; units of the utility."""

    mean: float
    sd: float
    acquisition: float
    """Expected improvement of this molecule alone over the best predicted so far."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The molecule with a value that a suggestion resembled most when it was made."""

    trial: int
    """Its number."""
    smiles: str
    similarity: float
    """Tanimoto similarity of the Morgan fingerprints, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One molecule of a campaign, or one decode that gave none."""

    number: int
    """0, 1, 2, ... in order of creation within the campaign."""
    iteration: int
    """Which `ask` made it; 0 is the initial design. A told molecule belongs to the latest."""
    status: TrialStatus
    method: Method
    smiles: str | None = None
    """Canonical; None where the decode was invalid."""
    inchi_key: str | None = None
    latent_asked: tuple[float, ...] | None = None
    """`d`; the latent that was decoded. None for molecules that users brought."""
    latent: tuple[float, ...] | None = None
    """`d`; the re-encoded mean of `smiles`. None where the model cannot encode it."""
    values: Mapping[str, Observation] = field(default_factory=dict)
    """By objective."""
    prediction: Prediction | None = None
    reason: str | None = None
    """Why infeasible or abandoned; on an evaluated trial, the constraint that it breaks."""
    why: str | None = None
    """A sentence on why this molecule was chosen; None where none was chosen."""
    nearest: Nearest | None = None
    model_hash: str | None = None
    """Fingerprint of the model that the ask used which made it, where that was a tuned one or the
    campaign's own; None: the campaign's own."""

    @property
    def feasible(self) -> bool:
        """Every objective has a value and no constraint is broken."""
        return self.status is TrialStatus.EVALUATED and self.reason is None

    @property
    def open(self) -> bool:
        """Values are still expected."""
        return self.status in (TrialStatus.PENDING, TrialStatus.PARTIAL)

    @property
    def evaluated_once(self) -> bool:
        """The campaign brought it, and it has a value or was refused one by an oracle."""
        return self.method != "told" and (bool(self.values) or self.oracle_failed)

    @property
    def costs(self) -> bool:
        """It has used one evaluation of the budget, or is about to."""
        pending = self.status is TrialStatus.PENDING and self.method != "told"
        return pending or self.evaluated_once

    @property
    def brought(self) -> bool:
        """By the user: it is evaluated whatever the constraints say, for its values inform."""
        return self.method in ("initial", "told")

    @property
    def oracle_failed(self) -> bool:
        """An oracle was asked and gave no value."""
        return self.status is TrialStatus.INFEASIBLE and (self.reason or "").startswith(
            ORACLE_ERROR
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; `from_dict` takes it back without loss."""
        return asdict(self) | {
            "status": self.status.value,
            "latent_asked": None if self.latent_asked is None else list(self.latent_asked),
            "latent": None if self.latent is None else list(self.latent),
            "values": {
                name: {
                    "value": seen.value,
                    "source": seen.source,
                    "replicates": list(seen.replicates),
                }
                for name, seen in self.values.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The trial that `to_dict` wrote; members it does not know are ignored."""
        known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        prediction, nearest = known.get("prediction"), known.get("nearest")
        return cls(
            **known
            | {
                "status": TrialStatus(known["status"]),
                "latent_asked": _vector(known.get("latent_asked")),
                "latent": _vector(known.get("latent")),
                "values": {k: _observation(v) for k, v in known.get("values", {}).items()},
                "prediction": None if prediction is None else Prediction(**prediction),
                "nearest": None if nearest is None else Nearest(**nearest),
            }
        )


def _observation(data: Mapping[str, Any]) -> Observation:
    return Observation(data["value"], data["source"], tuple(data.get("replicates", ())))


def _vector(values: Any) -> tuple[float, ...] | None:  # noqa: ANN401  (JSON)
    return None if values is None else tuple(float(value) for value in values)
