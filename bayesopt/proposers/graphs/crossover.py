"""Two parents, each cut in two; a child is a piece of one joined to a piece of the other.

After Jensen, "A graph-based genetic algorithm and generative model/Monte Carlo tree search for the
exploration of chemical space", Chem. Sci. 10:3567 (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from rdkit import Chem

from bayesopt.proposers.graphs.editing import closed, opened

RING_CUT_SHARE = 0.5
"""Children of parents cut through a ring, where both have one; the others are cut in a chain."""

Cut = Callable[[Chem.RWMol, Random], tuple[Chem.Mol, ...] | None]


def crossover(first: Chem.Mol, second: Chem.Mol, random: Random) -> Chem.Mol | None:
    """A child of two molecules; None where these cuts give no molecule."""
    cut: Cut = cut_ring if random.random() < RING_CUT_SHARE else cut_chain
    ours, theirs = cut(opened(first), random), cut(opened(second), random)
    if ours is None or theirs is None:
        return None
    return closed(_joined(random.choice(ours), random.choice(theirs), random))


def cut_chain(mol: Chem.RWMol, random: Random) -> tuple[Chem.Mol, ...] | None:
    """The two sides of a single bond outside rings, a dummy atom at each open end."""
    bonds = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing()
    ]
    return _cut(mol, [random.choice(bonds)]) if bonds else None


def cut_ring(mol: Chem.RWMol, random: Random) -> tuple[Chem.Mol, ...] | None:
    """The two sides of two bonds of one ring, which no other ring shares."""
    info = mol.GetRingInfo()
    rings = [[bond for bond in ring if info.NumBondRings(bond) == 1] for ring in info.BondRings()]
    rings = [ring for ring in rings if len(ring) >= 2]
    return _cut(mol, random.sample(random.choice(rings), 2)) if rings else None


def _cut(mol: Chem.RWMol, bonds: list[int]) -> tuple[Chem.Mol, ...] | None:
    parts = Chem.GetMolFrags(Chem.FragmentOnBonds(mol, bonds), asMols=True, sanitizeFrags=False)
    return parts if len(parts) == 2 else None


def _joined(one: Chem.Mol, other: Chem.Mol, random: Random) -> Chem.RWMol:
    """The two pieces, bound where their dummy atoms were."""
    both = Chem.RWMol(Chem.CombineMols(one, other))
    dummies = [atom for atom in both.GetAtoms() if atom.GetAtomicNum() == 0]
    left = [atom for atom in dummies if atom.GetIdx() < one.GetNumAtoms()]
    right = [atom for atom in dummies if atom.GetIdx() >= one.GetNumAtoms()]
    random.shuffle(right)
    for a, b in zip(left, right, strict=True):
        (bond_a,), (bond_b,) = a.GetBonds(), b.GetBonds()
        # The lower of two orders never asks for a valence that an atom has not.
        order = min(bond_a.GetBondType(), bond_b.GetBondType())
        ends = bond_a.GetOtherAtomIdx(a.GetIdx()), bond_b.GetOtherAtomIdx(b.GetIdx())
        if both.GetBondBetweenAtoms(*ends) is None:
            both.AddBond(*ends, order)
    for index in sorted((atom.GetIdx() for atom in dummies), reverse=True):
        both.RemoveAtom(index)
    return both
