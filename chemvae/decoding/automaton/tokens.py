"""What each token of a vocabulary means chemically, asked of RDKit itself.

Nothing here is typed from a table of elements: an atom's limits are found by hanging neighbours on
it until RDKit refuses, so they are those of the RDKit that judges the finished molecule.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from rdkit import Chem

from chemvae.errors import ConfigError
from chemvae.tokens import BOS, EOS
from data.rdkit_log import collect_errors

MOST_AROMATIC = 4
"""Aromatic bonds one atom is tried with; RDKit accepts none with more than four."""
MOST_ORDER = 8
"""Sum of other bond orders one atom is tried with: iodine(VII) has 7, xenon 8."""


class Role(IntEnum):
    """What a token does to the string."""

    ATOM = 0
    BOND = 1
    OPEN = 2
    CLOSE = 3
    RING = 4
    DOT = 5
    END = 6
    START = 7
    """BOS, which nothing may follow."""


@dataclass(frozen=True)
class AtomKind:
    """What an atom can bear; atoms that bear the same are one kind."""

    aromatic: bool
    fits: tuple[tuple[bool, ...], ...]
    """`fits[a][s]`: RDKit accepts `a` aromatic bonds beside others whose orders sum to `s`."""

    doubles: tuple[int, ...] = ()
    """Of an aromatic atom, by the number of its bonds, orders summed and aromatic ones counted as
    single: 1 if it must have no double bond besides when RDKit makes its aromatic bonds single and
    double, 2 if it must, 3 if it may."""

    lacking: tuple[bool, ...] = ()
    """By the number of its bonds, counted likewise: whether it lacks some, and so bears a radical.

    Only charged atoms and those with a stereo mark lack any: RDKit writes other atoms in brackets
    just because they are radicals, and such a molecule is not to be forbidden."""

    @property
    def pairs(self) -> bool:
        """Whether it ever has a double bond within an aromatic system."""
        return any(double & 2 for fits, double in self._in_rings() if fits)

    def _in_rings(self) -> Iterator[tuple[bool, int]]:
        for a in range(2, len(self.fits)):
            for s, fits in enumerate(self.fits[a]):
                yield fits, self.doubles[a + s]

    @property
    def has_double(self) -> bool:
        """Whether a double bond is among what it may have, and told apart."""
        return not self.aromatic and not self.unbounded and self.fits[0][2]

    @property
    def unbounded(self) -> bool:
        """RDKit sets no limit: metals and the wildcard `*`."""
        return not self.aromatic and self.fits[0][-1]


@dataclass(frozen=True)
class Meaning:
    """One token of a vocabulary."""

    role: Role
    atom: AtomKind | None = None
    order: int = 1
    """Of a bond symbol: its order; 0 is `~`."""
    implied: bool = False
    """Of a bond symbol: between aromatic atoms it is the aromatic bond, as is no symbol."""
    aromatic_only: bool = False
    """Of a bond symbol: it stands between aromatic atoms only (`:`)."""
    direction: bool = False
    """Of a bond symbol: it stands beside a double bond, of whose stereo it tells."""
    label: int = 0
    """Of a ring closure: its number, so that `1` and `%01` are one label."""


_MARKS = {EOS: Role.END, BOS: Role.START, "(": Role.OPEN, ")": Role.CLOSE, ".": Role.DOT}
_BONDS = {
    "-": Meaning(Role.BOND),
    "=": Meaning(Role.BOND, order=2),
    "#": Meaning(Role.BOND, order=3),
    "$": Meaning(Role.BOND, order=4),
    "~": Meaning(Role.BOND, order=0),
    "/": Meaning(Role.BOND, implied=True, direction=True),
    "\\": Meaning(Role.BOND, implied=True, direction=True),
    ":": Meaning(Role.BOND, implied=True, aromatic_only=True),
}


def meaning(token: str) -> Meaning:
    """What one token means.

    Raises:
        ConfigError: RDKit reads no atom in it, and it is no bond, branch mark or ring closure.
    """
    if token in _MARKS:
        return Meaning(_MARKS[token])
    if token in _BONDS:
        return _BONDS[token]
    label = token.strip("%()")
    if label.isdigit():
        return Meaning(Role.RING, label=int(label))
    return Meaning(Role.ATOM, atom=_atom_kind(token))


@cache
def _atom_kind(token: str) -> AtomKind:
    with collect_errors():
        mol = Chem.MolFromSmiles(token, sanitize=False)
    if mol is None or mol.GetNumAtoms() != 1:
        raise ConfigError(
            f"the vocabulary holds {token!r}, in which RDKit reads no atom; "
            "leave the molecules that use it out of the training set"
        )
    aromatic = mol.GetAtomWithIdx(0).GetIsAromatic()
    kekule = Chem.RWMol(mol)
    kekule.GetAtomWithIdx(0).SetIsAromatic(False)
    # RDKit checks valences again once it has made aromatic bonds single or double.
    plain = [_accepts(kekule, 0, s) for s in range(MOST_ORDER + MOST_AROMATIC + 1)]
    fits = tuple(
        tuple(plain[a + s] and _accepts(mol, a, s) for s in range(MOST_ORDER + 1))
        for a in range(MOST_AROMATIC + 1 if aromatic else 1)
    )
    counts = range(MOST_ORDER + MOST_AROMATIC + 1)
    doubles = tuple(_doubles(mol, d) for d in counts) if aromatic else ()
    return AtomKind(aromatic, fits, doubles, tuple(_lacks_bonds(mol, d) for d in counts))


def _lacks_bonds(mol: Chem.Mol, bonds: int) -> bool:
    """What `AtomKind.lacking` says."""
    atom = mol.GetAtomWithIdx(0)
    if not atom.GetFormalCharge() and atom.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED:
        return False
    if atom.GetIsAromatic():
        grown = [_in_ring(mol, carbons, bonds - 2) for carbons in (4, 5)]
    else:
        grown = [_with_bonds(mol, ((Chem.BondType.SINGLE, bonds),))]
    possible = [each for each in grown if _sanitizes(each)]
    return bool(possible) and all(m.GetAtomWithIdx(0).GetNumRadicalElectrons() for m in possible)


def _doubles(mol: Chem.Mol, bonds: int) -> int:
    """What `AtomKind.doubles` says, found out in rings of four and five more aromatic carbons.

    Four can pair up among themselves and leave it none; five need it as a partner.
    """
    alone, paired = (_sanitizes(_in_ring(mol, carbons, bonds - 2)) for carbons in (4, 5))
    return alone + 2 * paired or 3


def _in_ring(mol: Chem.Mol, carbons: int, others: int) -> Chem.RWMol:
    """The lone atom of `mol` in an aromatic ring of carbons, with `others` single bonds."""
    ring = Chem.RWMol(mol)
    for i in range(carbons):
        carbon = Chem.Atom(6)
        carbon.SetIsAromatic(True)
        ring.AddBond(i, ring.AddAtom(carbon), Chem.BondType.AROMATIC)
    ring.AddBond(carbons, 0, Chem.BondType.AROMATIC)
    for bond in ring.GetBonds():
        bond.SetIsAromatic(True)
    for _ in range(others):
        ring.AddBond(0, ring.AddAtom(Chem.Atom(0)), Chem.BondType.SINGLE)
    return ring


def _sanitizes(mol: Chem.Mol) -> bool:
    with collect_errors():
        try:
            Chem.SanitizeMol(mol)
        except Chem.MolSanitizeException:
            return False
    return True


def _accepts(mol: Chem.Mol, aromatic_bonds: int, other_order: int) -> bool:
    """Whether RDKit's valence check passes the lone atom of `mol` with these bonds."""
    bonds = ((Chem.BondType.AROMATIC, aromatic_bonds), (Chem.BondType.SINGLE, other_order))
    grown = _with_bonds(mol, bonds)
    with collect_errors():
        try:
            grown.UpdatePropertyCache(strict=True)
        except Chem.AtomValenceException:
            return False
    return True


def _with_bonds(mol: Chem.Mol, bonds: Iterable[tuple[Chem.BondType, int]]) -> Chem.RWMol:
    """The lone atom of `mol` with so many bonds of each type, to atoms of any kind."""
    grown = Chem.RWMol(mol)
    for bond_type, count in bonds:
        for _ in range(count):
            grown.AddBond(0, grown.AddAtom(Chem.Atom(0)), bond_type)
    return grown
