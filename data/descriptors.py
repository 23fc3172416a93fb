"""What a molecule is made of, in a few numbers: its size, its elements and its rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

HALOGENS = (9, 17, 35, 53)
_LARGEST_COMMON_RING = 6


def _num_atoms(*elements: int) -> Callable[[Chem.Mol], float]:
    return lambda mol: sum(atom.GetAtomicNum() in elements for atom in mol.GetAtoms())


def _num_aromatic_atoms(mol: Chem.Mol) -> float:
    return sum(atom.GetIsAromatic() for atom in mol.GetAtoms())


def _num_large_rings(mol: Chem.Mol) -> float:
    return sum(len(ring) > _LARGEST_COMMON_RING for ring in mol.GetRingInfo().AtomRings())


COMPOSITION: dict[str, tuple[Callable[[Chem.Mol], float], float]] = {
    "heavy_atoms": (rdMolDescriptors.CalcNumHeavyAtoms, 15),
    "heteroatoms": (rdMolDescriptors.CalcNumHeteroatoms, 6),
    "nitrogens": (_num_atoms(7), 5),
    "oxygens": (_num_atoms(8), 5),
    "sulfurs": (_num_atoms(16), 2),
    "halogens": (_num_atoms(*HALOGENS), 3),
    "acceptors": (rdMolDescriptors.CalcNumLipinskiHBA, 6),
    "donors": (rdMolDescriptors.CalcNumLipinskiHBD, 3),
    "rotatable_bonds": (rdMolDescriptors.CalcNumRotatableBonds, 8),
    "fraction_sp3": (rdMolDescriptors.CalcFractionCSP3, 0.8),
    "rings": (rdMolDescriptors.CalcNumRings, 4),
    "aromatic_rings": (rdMolDescriptors.CalcNumAromaticRings, 3),
    "aromatic_atoms": (_num_aromatic_atoms, 15),
    "large_rings": (_num_large_rings, 2),
}
"""Each number, and by how much drug-like molecules differ in it: a distance counts in that unit.

None is a fitted model of a property, as logP by atom contributions is."""


def composition(mols: Sequence[Chem.Mol]) -> NDArray[np.float64]:
    """`n x p` numbers of `COMPOSITION`, each over its unit."""
    rows = [[number(mol) / unit for number, unit in COMPOSITION.values()] for mol in mols]
    return np.array(rows, dtype=np.float64).reshape(len(mols), len(COMPOSITION))
