"""Small changes of a molecular graph, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

from rdkit import Chem

from bayesopt.proposers.graphs.editing import closed, opened

MAX_ATTEMPTS = 10
"""Changes tried until one gives a molecule."""
ELEMENTS = {"C": 6, "N": 2, "O": 2, "F": 1, "S": 1, "Cl": 1, "Br": 0.3}
"""What new atoms are, with relative frequencies that follow drug-like molecules'."""
LINKERS = {"C": 4, "N": 2, "O": 2, "S": 0.5}
"""What may stand between two atoms."""
RING_SPANS = {4: 3, 5: 5, 2: 0.3, 3: 0.3, 6: 0.3}
"""Bonds between two atoms that a new bond joins into a ring one larger, relative frequencies."""
ORDERS = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)

Place = TypeVar("Place")
Change = Callable[[Chem.RWMol, Random], None]


class _NotHereError(Exception):
    """The molecule has no place for this change."""


def mutate(mol: Chem.Mol, random: Random) -> Chem.Mol | None:
    """`mol` after one change: another molecule, or None where no attempt gave one."""
    for _ in range(MAX_ATTEMPTS):
        graph = opened(mol)
        change = random.choices(list(CHANGES), list(CHANGES.values()))[0]
        try:
            change(graph, random)
        except _NotHereError:
            continue
        changed = closed(graph)
        if changed is not None:
            return changed
    return None


def add_atom(graph: Chem.RWMol, random: Random) -> None:
    """A new atom in place of a hydrogen."""
    anchor = _one(random, _atoms_with_hydrogen(graph))
    new = graph.AddAtom(_drawn(random, ELEMENTS))
    graph.AddBond(anchor, new, Chem.BondType.SINGLE)


def insert_atom(graph: Chem.RWMol, random: Random) -> None:
    """A new atom in the middle of a single bond."""
    singles = [b for b in graph.GetBonds() if b.GetBondType() == Chem.BondType.SINGLE]
    bond = _one(random, singles)
    ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    graph.RemoveBond(*ends)
    new = graph.AddAtom(_drawn(random, LINKERS))
    for end in ends:
        graph.AddBond(end, new, Chem.BondType.SINGLE)


def remove_atom(graph: Chem.RWMol, random: Random) -> None:
    """An atom with one neighbour, or with two, which are then bound to each other."""
    atom = _one(random, [a for a in graph.GetAtoms() if a.GetDegree() in (1, 2)])
    ends = [neighbour.GetIdx() for neighbour in atom.GetNeighbors()]
    if len(ends) == 2 and graph.GetBondBetweenAtoms(ends[0], ends[1]) is None:
        graph.AddBond(ends[0], ends[1], Chem.BondType.SINGLE)
    graph.RemoveAtom(atom.GetIdx())


def change_element(graph: Chem.RWMol, random: Random) -> None:
    """Another element in an atom's place, without charge."""
    atom = _one(random, list(graph.GetAtoms()))
    atom.SetAtomicNum(_drawn(random, ELEMENTS, other_than=atom.GetAtomicNum()).GetAtomicNum())
    atom.SetFormalCharge(0)
    atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)


def change_order(graph: Chem.RWMol, random: Random) -> None:
    """Another order of a bond."""
    bond = _one(random, list(graph.GetBonds()))
    bond.SetBondType(random.choice([o for o in ORDERS if o != bond.GetBondType()]))
    bond.SetStereo(Chem.BondStereo.STEREONONE)


def change_charge(graph: Chem.RWMol, random: Random) -> None:
    """A charged atom without its charge."""
    atom = _one(random, [a for a in graph.GetAtoms() if a.GetFormalCharge()])
    atom.SetFormalCharge(0)


def close_ring(graph: Chem.RWMol, random: Random) -> None:
    """A bond between two atoms a few bonds apart."""
    span = random.choices(list(RING_SPANS), list(RING_SPANS.values()))[0]
    free = _atoms_with_hydrogen(graph)
    distance = Chem.GetDistanceMatrix(graph, force=True)
    pairs = [(a, b) for a in free for b in free if a < b and distance[a, b] == span]
    graph.AddBond(*_one(random, pairs), Chem.BondType.SINGLE)


def open_ring(graph: Chem.RWMol, random: Random) -> None:
    """A ring without one of its bonds."""
    bond = _one(random, [bond for bond in graph.GetBonds() if bond.IsInRing()])
    graph.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())


CHANGES: dict[Change, float] = {
    add_atom: 2,
    insert_atom: 1,
    remove_atom: 2,
    change_element: 2,
    change_order: 1,
    change_charge: 1,
    close_ring: 1,
    open_ring: 1,
}
"""With their relative frequencies."""


def _atoms_with_hydrogen(graph: Chem.RWMol) -> list[int]:
    graph.UpdatePropertyCache(strict=False)
    return [atom.GetIdx() for atom in graph.GetAtoms() if atom.GetTotalNumHs()]


def _one(random: Random, places: list[Place]) -> Place:
    if not places:
        raise _NotHereError
    return random.choice(places)


def _drawn(random: Random, elements: dict[str, float], other_than: int = 0) -> Chem.Atom:
    atoms = {Chem.Atom(symbol): share for symbol, share in elements.items()}
    eligible = {atom: share for atom, share in atoms.items() if atom.GetAtomicNum() != other_than}
    return random.choices(list(eligible), list(eligible.values()))[0]
