"""What a stranger's molecule may cost: counted before RDKit computes anything that grows fast."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rdkit import Chem

from data.errors import MoleculeError

MAX_SMILES_LENGTH = 1000
"""Characters; no line of ZINC250k or QM9 comes near. Bounds what hostile input can cost."""

MAX_ATOMS = 300
"""Heavy atoms. Ring perception and canonical ranking grow faster than linearly."""

MAX_RINGS = 100
"""Ring bonds: bonds beyond those of a tree. A fullerene of 60 atoms has 31."""

MAX_FUSED_RINGS = 36
"""Of them in one ring system: a fullerene of 70 atoms. RDKit looks for aromaticity in every six
rings of one, which took 0.6 s for 36 of them, 2.2 s for 44 and 23 s for 64, on one slow core."""

MAX_MACROCYCLIC_RINGS = 13
"""Of them in one ring system where a ring has more than ``MACROCYCLE`` atoms, as one around n rings
that may each be passed on two sides: RDKit lists all 2^n. A macrocycle of 12 benzenes took 0.2 s,
one of 15 took 12 s; one of 27 small rings 400 MB, and twice as much with each further one."""

MACROCYCLE = 24
"""Atoms. Around more rings than ``MAX_MACROCYCLIC_RINGS`` there are more."""

MAX_SULFOXIDES = 24
"""RDKit redraws them one by one, with a look at all that were: 0.4 s for 25 of them, 3 s for 60."""

_RING_BOND = re.compile(r"%\d\d|%\(\d+\)|\d(?![^\[\]]*\])")
"""A digit outside of brackets."""

_SULFOXIDE = Chem.MolFromSmarts("[#16X3]=[OX1]")


def printable(smiles: str) -> str:
    """`smiles` without outer whitespace, refused where RDKit would silently read only a part.

    Raises:
        MoleculeError: `empty`, `too_long`, `too_large` or `syntax`.
    """
    text = smiles.strip()
    if not text:
        raise MoleculeError("empty", "the SMILES is empty")
    if len(text) > MAX_SMILES_LENGTH:
        raise MoleculeError(
            "too_long", f"{len(text)} characters; at most {MAX_SMILES_LENGTH} are accepted"
        )
    if foreign := re.search(r"[^!-~]", text):
        raise MoleculeError(
            "syntax",
            f"unexpected character {foreign[0]!r} at position {foreign.start() + 1} of the SMILES",
        )
    num_rings = len(_RING_BOND.findall(text)) // 2 if len(text) > 2 * MAX_MACROCYCLIC_RINGS else 0
    if num_rings > MAX_RINGS:
        raise _too_large(f"{num_rings} ring bonds; at most {MAX_RINGS} are accepted")
    if num_rings > MAX_MACROCYCLIC_RINGS:
        unread = Chem.MolFromSmiles(text, sanitize=False)
        if unread is not None:
            require_bearable(unread)
    return text


def require_bearable(mol: Chem.Mol) -> None:
    """Refuse a molecule, sanitised or not, that would take long.

    Raises:
        MoleculeError: `too_large`.
    """
    num_atoms = mol.GetNumHeavyAtoms()
    if num_atoms > MAX_ATOMS:
        raise _too_large(f"{num_atoms} heavy atoms; at most {MAX_ATOMS} are accepted")
    num_rings = mol.GetNumBonds() - mol.GetNumAtoms() + len(Chem.GetMolFrags(mol))
    if num_rings > MAX_RINGS:
        raise _too_large(f"{num_rings} ring bonds; at most {MAX_RINGS} are accepted")
    if num_rings > MAX_MACROCYCLIC_RINGS:
        for system in _ring_systems(mol):
            _require_bearable_system(system)


def require_few_sulfoxides(mol: Chem.Mol) -> None:
    """Refuse a molecule that would take long to standardise.

    Raises:
        MoleculeError: `too_large`.
    """
    if mol.GetNumHeavyAtoms() <= 2 * MAX_SULFOXIDES:
        return
    number = len(mol.GetSubstructMatches(_SULFOXIDE, maxMatches=MAX_ATOMS))
    if number > MAX_SULFOXIDES:
        raise _too_large(f"{number} sulfoxides; at most {MAX_SULFOXIDES} are standardised")


def _ring_systems(mol: Chem.Mol) -> Sequence[Chem.Mol]:
    mol = Chem.Mol(mol)
    Chem.FastFindRings(mol)
    chains = [bond.GetIdx() for bond in mol.GetBonds() if not bond.IsInRing()]
    systems = Chem.FragmentOnBonds(mol, chains, addDummies=False) if chains else mol
    return Chem.GetMolFrags(systems, asMols=True, sanitizeFrags=False)


def _require_bearable_system(system: Chem.Mol) -> None:
    fused = system.GetNumBonds() - system.GetNumAtoms() + 1
    if fused > MAX_FUSED_RINGS:
        raise _too_large(
            f"{fused} ring bonds in one ring system; at most {MAX_FUSED_RINGS} are accepted"
        )
    if fused > MAX_MACROCYCLIC_RINGS and max(map(len, Chem.GetSSSR(system))) > MACROCYCLE:
        raise _too_large(
            f"{fused} ring bonds in one ring system with a ring of more than {MACROCYCLE} atoms; "
            f"at most {MAX_MACROCYCLIC_RINGS} are accepted"
        )


def _too_large(message: str) -> MoleculeError:
    return MoleculeError("too_large", message)
