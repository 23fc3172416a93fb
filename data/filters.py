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
        FilterError: it is empty, too long (`MAX_SMARTS_LENGTH`) or does not parse.
    """
    text = smarts.strip()
    if not text or len(text) > MAX_SMARTS_LENGTH:
        raise FilterError(f"a SMARTS has 1 to {MAX_SMARTS_LENGTH} characters, not {len(text)}")
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
        FilterError: see `smarts_pattern`.
    """
    return mol.HasSubstructMatch(smarts_pattern(smarts), useChirality=True)


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
