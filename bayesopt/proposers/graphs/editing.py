"""Into an editable graph and out of it again."""

from __future__ import annotations

from rdkit import Chem

from data.errors import MoleculeError
from data.molecules import parse

MIN_ATOMS = 4
MAX_ATOMS = 50
"""Heavy atoms of a child: ZINC's molecules have at most 38, drugs by mouth seldom more than 50."""
MAX_RING = 7
"""Atoms of a ring; cutting and joining rings would make ever larger ones."""

_STRAINED = tuple(
    Chem.MolFromSmarts(smarts)
    for smarts in (
        "[R]=[R]=[R]",  # an allene in a ring
        "[R]#[R]",  # an alkyne in a ring
        "[r3,r4]=[r3,r4]",  # a double bond in a small ring
    )
)


def opened(mol: Chem.Mol) -> Chem.RWMol:
    """An editable copy of `mol` with plain bond orders, its hydrogens to be counted anew."""
    copy = Chem.RWMol(mol)
    Chem.Kekulize(copy, clearAromaticFlags=True)
    for atom in copy.GetAtoms():
        if not atom.GetNumRadicalElectrons():
            atom.SetNoImplicit(False)
            atom.SetNumExplicitHs(0)
    return copy


def closed(edited: Chem.Mol) -> Chem.Mol | None:
    """The molecule that an edited graph draws; None where it draws none a chemist would make."""
    try:
        Chem.SanitizeMol(edited)
        Chem.AssignStereochemistry(edited, cleanIt=True, force=True)
        mol = parse(Chem.MolToSmiles(edited))
    except (Chem.MolSanitizeException, MoleculeError):
        return None
    return mol if _plausible(mol) else None


def _plausible(mol: Chem.Mol) -> bool:
    if not MIN_ATOMS <= mol.GetNumHeavyAtoms() <= MAX_ATOMS or len(Chem.GetMolFrags(mol)) > 1:
        return False
    if max(map(len, mol.GetRingInfo().AtomRings()), default=0) > MAX_RING:
        return False
    return not any(mol.HasSubstructMatch(pattern) for pattern in _STRAINED)
