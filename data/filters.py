"""Structural filters: a chemist's SMARTS, and the published catalogues of unwanted groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from types import MappingProxyType

from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from data.errors import FilterError
from data.rdkit_log import collect_errors

MAX_SMARTS_LENGTH = 500
"""Characters. A pattern can be much dearer to match than to write."""

MAX_COMPARISONS = 300_000
"""Atoms of a pattern tried on atoms of a molecule, in one search. The usual ones take tens to
hundreds; a hostile one of 18 atoms, on a fullerene, takes more than a million, twice as many with
every further atom. A count, and not a time: the same search always ends the same way."""

CATALOGUES = MappingProxyType(
    {
        "PAINS": "Baell and Holloway, J. Med. Chem. 53:2719 (2010), doi:10.1021/jm901137j",
        "BRENK": "Brenk et al., ChemMedChem 3:435 (2008), doi:10.1002/cmdc.200700139",
    }
)
"""The alert catalogues, with their sources."""


def smarts_pattern(smarts: str) -> Chem.Mol:
    """The query that `smarts` spells.

    Raises:
        FilterError: it is empty, too long (`MAX_SMARTS_LENGTH`), not ASCII or does not parse.
    """
    text = smarts.strip()
    if not text or len(text) > MAX_SMARTS_LENGTH:
        raise FilterError(f"a SMARTS has 1 to {MAX_SMARTS_LENGTH} characters, not {len(text)}")
    if not text.isascii():
        raise FilterError(f"not a valid SMARTS: {smarts!r} (it has letters that are not ASCII)")
    return _compile(text)


@lru_cache(maxsize=256)
def _compile(smarts: str) -> Chem.Mol:
    with collect_errors() as log:
        pattern = Chem.MolFromSmarts(smarts)
    if pattern is None or pattern.GetNumAtoms() == 0:
        reason = log[0].rpartition("Error: ")[2].partition(" while ")[0] if log else "no atoms"
        raise FilterError(f"not a valid SMARTS: {smarts!r} ({reason})")
    return pattern


def matches(mol: Chem.Mol, smarts: str) -> bool:
    """Whether the substructure `smarts` occurs in `mol`, stereo included where the query has it.

    Raises:
        FilterError: see `substructures`.
    """
    return bool(substructures(mol, smarts, most=1))


def substructures(mol: Chem.Mol, smarts: str, most: int) -> list[tuple[int, ...]]:
    """Up to `most` occurrences of `smarts` in `mol`, stereo included where the query has it.

    Each is the index of an atom of `mol` for every atom of the pattern.

    Raises:
        FilterError: the pattern cannot be used (`smarts_pattern`), or the search would take more
            than `MAX_COMPARISONS`.
    """
    left = MAX_COMPARISONS

    def count(_pattern_atom: Chem.Atom, _atom: Chem.Atom) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise FilterError(
                f"looking for {smarts!r} takes more than {MAX_COMPARISONS} comparisons of atoms "
                f"in a molecule of {mol.GetNumAtoms()}; write it with fewer atoms that match any"
            )
        return True

    search = Chem.SubstructMatchParameters()
    # RDKit's stubs take the members for properties of their own class.
    search.useChirality = True  # type: ignore[assignment]
    search.maxMatches = most  # type: ignore[assignment]
    search.setExtraAtomCheckFunc(count)
    return list(mol.GetSubstructMatches(smarts_pattern(smarts), search))


def alerts(mol: Chem.Mol, catalogues: Sequence[str] = ("PAINS", "BRENK")) -> list[str]:
    """The alerts that fire, each as `catalogue: name`, in the order of `catalogues`.

    Raises:
        FilterError: a catalogue is not one of `CATALOGUES`.
    """
    return [
        f"{name}: {entry.GetDescription()}"
        for name in catalogues
        for entry in _catalogue(name).GetMatches(mol)
    ]


@cache
def _catalogue(name: str) -> FilterCatalog:
    if name not in CATALOGUES:
        raise FilterError(f"no alert catalogue {name!r}; known are: {', '.join(CATALOGUES)}")
    params = FilterCatalogParams()
    params.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(params)
