"""Many distinct drug-like molecules, for measurements: groups in place of aromatic hydrogens."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from rdkit import Chem

from chemvae.checkpoints.training_index import key_hashes
from chemvae.known.rows import Compound
from chemvae.known.seen import Seen
from data.fingerprints import morgan
from data.molecules import canonical_smiles, parse

GROUPS = ("F", "Cl", "C", "O", "N", "C#N", "OC", "C(F)(F)F", "Br", "CC")
"""What medicinal chemists try first; the first atom is bonded to the ring."""

CHUNK = 2_048


def enumerate_compounds(
    parents: Sequence[str], number: int, seed: int
) -> Iterator[list[tuple[Compound, str]]]:
    """Up to `number` distinct compounds, each with the name of its parent, in chunks.

    The same molecule is told by its canonical SMILES, of which the key of a compound is a hash.
    First come the parents themselves, in an order that the seed draws; then each with one group of
    `GROUPS` in place of an aromatic hydrogen, the same group for all, then the next group.

    Args:
        parents: SMILES, as published.
        number: How many; fewer where the parents do not yield as many.
        seed: Of the order.
    """
    order = np.random.default_rng(seed).permutation(len(parents)).tolist()
    seen, left = Seen(), number
    for chunk in _chunks(_molecules(parents, order)):
        new = seen.add(key_hashes([compound.inchi_key for compound, _ in chunk])).tolist()
        yield [chunk[place] for place in new[:left]]
        left -= len(new)
        if left <= 0:
            return


def _molecules(parents: Sequence[str], order: Sequence[int]) -> Iterator[tuple[Compound, str]]:
    for group in ("", *GROUPS):
        for place in order:
            for mol in _substituted(parse(parents[place]), group):
                yield _compound(mol), f"parent-{place}"


def _compound(mol: Chem.Mol) -> Compound:
    smiles = canonical_smiles(mol)
    # In the place of InChIKeys, which would take longer than all the rest.
    key = hashlib.sha256(smiles.encode()).hexdigest()[:27]
    return Compound(smiles, key, np.array(morgan(mol).GetOnBits(), dtype=np.uint16))


def _substituted(mol: Chem.Mol, group: str) -> Iterator[Chem.Mol]:
    if not group:
        yield mol
        return
    piece, ranks = Chem.MolFromSmiles(group), list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    open_places = [
        atom.GetIdx()
        for atom in mol.GetAtoms()
        if atom.GetIsAromatic() and atom.GetSymbol() == "C" and atom.GetTotalNumHs()
    ]
    # Of places that a symmetry makes one, the last.
    for place in {ranks[place]: place for place in open_places}.values():
        yield _joined(mol, place, piece)


def _joined(mol: Chem.Mol, place: int, piece: Chem.Mol) -> Chem.Mol:
    both = Chem.RWMol(Chem.CombineMols(mol, piece))
    both.AddBond(place, mol.GetNumAtoms(), Chem.BondType.SINGLE)
    Chem.SanitizeMol(both)
    return both


def _chunks(
    compounds: Iterable[tuple[Compound, str]],
) -> Iterator[list[tuple[Compound, str]]]:
    rows = iter(compounds)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
