"""The stored trial: everything a campaign knows of one molecule it met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Literal, Self

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
    WITHDRAWN = "withdrawn"  # its values were taken back; they are kept, and not used


INVALID_DECODE = "invalid decode"
NOT_ENCODABLE = "not encodable"
CONSTRAINT = "constraint"
ORACLE_ERROR = "oracle error"
"""How the reason of a trial begins, by what went wrong."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one objective, in the objective's own unit, and where it came from."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the surrogate said of a molecule before its values were known; units of the utility."""

    mean: float
    sd: float
    acquisition: float
    """Expected improvement of this molecule alone over the best predicted so far."""


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

    @property
    def feasible(self) -> bool:
        """Every objective has a value and no constraint is broken."""
        return self.status is TrialStatus.EVALUATED and self.reason is None

    @property
    def open(self) -> bool:
        """Values are still expected."""
        return self.status in (TrialStatus.PENDING, TrialStatus.PARTIAL)

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
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The trial that `to_dict` wrote; members it does not know are ignored."""
        known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        prediction = known.get("prediction")
        return cls(
            **known
            | {
                "status": TrialStatus(known["status"]),
                "latent_asked": _vector(known.get("latent_asked")),
                "latent": _vector(known.get("latent")),
                "values": {k: Observation(**v) for k, v in known.get("values", {}).items()},
                "prediction": None if prediction is None else Prediction(**prediction),
            }
        )


def _vector(values: Any) -> tuple[float, ...] | None:  # noqa: ANN401  (JSON)
    return None if values is None else tuple(float(value) for value in values)
