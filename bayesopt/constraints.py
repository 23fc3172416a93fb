"""What a molecule must be, whatever its objectives: checked once decoded, before any oracle.

Each constraint is frozen data with one question, `violation(mol)`: None where the molecule passes,
a sentence that names the broken limit where it does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, cast

from rdkit import Chem
from rdkit.DataStructs import ExplicitBitVect

from bayesopt.errors import SpecError, nearest_known
from data.errors import DataError, MoleculeError, PropertyError
from data.filters import CATALOGUES, alerts, matches, smarts_pattern
from data.fingerprints import bulk_tanimoto, morgan
from data.molecules import parse
from data.properties import PROPERTIES, compute


class Constraint(Protocol):
    """A hard limit on molecules."""

    def violation(self, mol: Chem.Mol) -> str | None:
        """Which limit `mol` breaks and by what; None where it breaks none."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; `constraint_from_dict` takes it back."""


@dataclass(frozen=True, slots=True)
class PropertyWindow:
    """A property between two bounds, both inclusive, in the property's own unit."""

    property: str
    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        if self.property not in PROPERTIES:
            raise SpecError(
                f"no property {self.property!r}: {nearest_known(self.property, PROPERTIES)}",
                "/property",
            )
        bounds = [bound for bound in (self.min, self.max) if bound is not None]
        if not bounds or not all(math.isfinite(bound) for bound in bounds):
            raise SpecError(f"{self.property} needs a finite min, max or both", "/min")
        if bounds[0] > bounds[-1]:
            raise SpecError(
                f"{self.property}: min {self.min} is above max {self.max}; no molecule fits", "/min"
            )
        self._check_reach()

    def _check_reach(self) -> None:
        least, most = PROPERTIES[self.property].minimum, PROPERTIES[self.property].maximum
        if most is not None and self.min is not None and self.min > most:
            raise SpecError(
                f"{self.property}: min {self.min} is above {most:g}, the greatest value there is; "
                "no molecule fits",
                "/min",
            )
        if least is not None and self.max is not None and self.max < least:
            raise SpecError(
                f"{self.property}: max {self.max} is below {least:g}, the least value there is; "
                "no molecule fits",
                "/max",
            )

    def violation(self, mol: Chem.Mol) -> str | None:
        """Which bound `mol` breaks."""
        try:
            value = compute(mol, [self.property])[self.property]
        except PropertyError as error:
            return str(error)
        if self.min is not None and value < self.min:
            return f"{self.property} {value:.4g} is below {self.min:g}"
        if self.max is not None and value > self.max:
            return f"{self.property} {value:.4g} is above {self.max:g}"
        return None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"property": self.property, "min": self.min, "max": self.max}


@dataclass(frozen=True, slots=True)
class Substructure:
    """A SMARTS pattern that must be present, or must not."""

    smarts: str
    required: bool = True

    def __post_init__(self) -> None:
        try:
            smarts_pattern(self.smarts)
        except DataError as error:
            raise SpecError(str(error), "/smarts") from error

    def violation(self, mol: Chem.Mol) -> str | None:
        """Whether the pattern is missing, or there against the rule."""
        if matches(mol, self.smarts) == self.required:
            return None
        return f"substructure {self.smarts} is {'missing' if self.required else 'present'}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"smarts": self.smarts, "required": self.required}


@dataclass(frozen=True, slots=True)
class Alerts:
    """No structural alert of the named catalogues fires."""

    catalogues: tuple[str, ...] = tuple(CATALOGUES)

    def __post_init__(self) -> None:
        for index, name in enumerate(self.catalogues):
            if name not in CATALOGUES:
                raise SpecError(
                    f"no alert catalogue {name!r}: {nearest_known(name, CATALOGUES)}",
                    f"/alerts/{index}",
                )
        if not self.catalogues:
            raise SpecError(f"no alert catalogue given. Known: {', '.join(CATALOGUES)}.", "/alerts")

    def violation(self, mol: Chem.Mol) -> str | None:
        """The names of the alerts that fire."""
        fired = alerts(mol, self.catalogues)
        return f"structural alert: {', '.join(fired)}" if fired else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {"alerts": list(self.catalogues)}


MAX_REFERENCES = 100
"""Molecules one `SimilarTo` may name."""


@dataclass(frozen=True, slots=True)
class SimilarTo:
    """Tanimoto similarity (Morgan fingerprints) of at least a bound, to one of the given molecules.

    `smiles` is one molecule or several, and stays as it was given.
    """

    smiles: str | tuple[str, ...]
    min_similarity: float

    def __post_init__(self) -> None:
        if not 0 < len(self.references) <= MAX_REFERENCES:
            raise SpecError(
                f"similar_to names {len(self.references)} molecules; give 1 to {MAX_REFERENCES}",
                "/similar_to",
            )
        for index, smiles in enumerate(self.references):
            try:
                _fingerprint(smiles)
            except MoleculeError as error:
                place = "" if isinstance(self.smiles, str) else f"/{index}"
                raise SpecError(str(error), f"/similar_to{place}") from error
        if not 0 <= self.min_similarity <= 1:
            raise SpecError(
                f"min_similarity is {self.min_similarity}; it must be between 0 and 1",
                "/min_similarity",
            )

    @property
    def references(self) -> tuple[str, ...]:
        """The given molecules."""
        return (self.smiles,) if isinstance(self.smiles, str) else self.smiles

    def violation(self, mol: Chem.Mol) -> str | None:
        """By how much `mol` is too different from the nearest."""
        known = [_fingerprint(smiles) for smiles in self.references]
        similarities = bulk_tanimoto(morgan(mol), known)
        nearest = int(similarities.argmax())
        if similarities[nearest] >= self.min_similarity:
            return None
        return (
            f"similarity {similarities[nearest]:.3f} to {self.references[nearest]} "
            f"is below {self.min_similarity:g}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        smiles = self.smiles if isinstance(self.smiles, str) else list(self.smiles)
        return {"similar_to": smiles, "min_similarity": self.min_similarity}


@lru_cache(maxsize=1024)
def _fingerprint(smiles: str) -> ExplicitBitVect:
    return morgan(parse(smiles))


def first_violation(mol: Chem.Mol, constraints: Sequence[Constraint]) -> str | None:
    """What the first broken constraint says; None where `mol` meets them all."""
    return next((why for c in constraints if (why := c.violation(mol)) is not None), None)


def constraint_from_dict(data: Mapping[str, Any]) -> Constraint:
    """The constraint that `to_dict` wrote; its kind is told by its members.

    Raises:
        SpecError: no kind has these members, or the values make no constraint.
    """
    match dict(data):
        case {"property": name, **rest} if rest.keys() <= {"min", "max"}:
            return PropertyWindow(name, **cast("dict[str, float | None]", rest))
        case {"smarts": smarts, **rest} if rest.keys() <= {"required"}:
            return Substructure(smarts, **cast("dict[str, bool]", rest))
        case {"alerts": names, **rest} if not rest:
            return Alerts(tuple(names))
        case {"similar_to": smiles, "min_similarity": bound, **rest} if not rest:
            return SimilarTo(smiles if isinstance(smiles, str) else tuple(smiles), bound)
    raise SpecError(
        f"no constraint has exactly the members {sorted(data)}; give property with min or max, "
        "smarts with required, alerts, or similar_to with min_similarity"
    )
