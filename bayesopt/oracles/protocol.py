"""What every oracle is: a batch of SMILES in, one value or one refusal per molecule out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from data.errors import Refusal

Direction = Literal["maximize", "minimize", "target"]

MAX_MAGNITUDE = 1e15
"""Of any value, bound or weight: beyond every property, and whatever is computed from such numbers
stays finite, which one value mistyped as 1e308 would not."""


@dataclass(frozen=True, slots=True)
class OracleSpec:
    """What an objective is: enough for a chemist to choose it and for a scale to be set."""

    name: str
    unit: str
    direction: Literal["maximize", "minimize"] | None
    """The usual one; None where neither is."""
    low: float | None
    high: float | None
    """The usual range over drug-like molecules, in `unit`; values outside it are no error. None,
    both, where nobody knows it."""
    source: str
    """The paper or the code that defines it."""
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """JSON schema of the parameters it takes; empty where it takes none."""
    minimum: float | None = None
    maximum: float | None = None
    """The least and the greatest value that any molecule can have; None where there is none."""


class Oracle(Protocol):
    """A function of molecules. Order and length are kept; a molecule without a value says why."""

    @property
    def spec(self) -> OracleSpec:
        """Name, unit, range and source."""

    def __call__(self, smiles: Sequence[str]) -> Sequence[float | Refusal]:
        """One finite value or `Refusal` per molecule, in order."""
