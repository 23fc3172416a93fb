"""What a page of molecules has in common."""

from functools import lru_cache

from rdkit.Chem import rdFMCS

from data.errors import MoleculeError
from data.filters import MAX_SMARTS_LENGTH
from data.molecules import parse

SHARE = 0.6
"""Of the molecules that must have it: one odd molecule does not hide a series."""
SECONDS = 1
LEAST_ATOMS = 5


@lru_cache(maxsize=256)
def common_scaffold(smiles: tuple[str, ...]) -> str | None:
    """SMARTS of the largest part, rings kept whole, that most of the molecules share.

    None where that is next to nothing, or takes longer than `SECONDS`.
    """
    molecules = []
    for item in smiles:
        try:
            molecules.append(parse(item))
        except MoleculeError:
            continue
    if len(molecules) < 2:
        return None
    found = rdFMCS.FindMCS(
        molecules,
        threshold=SHARE,
        timeout=SECONDS,
        ringMatchesRingOnly=True,
        completeRingsOnly=True,
    )
    too_long = len(found.smartsString) > MAX_SMARTS_LENGTH
    return None if found.numAtoms < LEAST_ATOMS or too_long else str(found.smartsString)
