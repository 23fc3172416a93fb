"""The states an atom goes through while its bonds are written, and how bonds move it on."""

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from itertools import product

from chemvae.decoding.automaton.tokens import MOST_ORDER, AtomKind

MOST_GROWTH = 7
"""Further bonds are counted up to here; no decision needs to know of more."""
MOST_OPEN = 4
"""Unfinished ring closures of one aromatic atom; RDKit accepts no more bonds than that."""


class Bond(IntEnum):
    """What is added to an atom; `RESERVE` is a ring closure whose other end is not yet known."""

    AROMATIC = 0
    SINGLE = 1
    DOUBLE = 2
    TRIPLE = 3
    QUADRUPLE = 4
    ZERO = 5
    RESERVE = 6
    NONE = 7


class Double(IntEnum):
    """Whether an aliphatic atom has a double bond."""

    NONE = 0
    DUE = 1
    """Not yet, and it must: the mark before it is of a double bond's stereo."""
    HAS = 2


ORDERS = {Bond.SINGLE: 1, Bond.DOUBLE: 2, Bond.TRIPLE: 3, Bond.QUADRUPLE: 4, Bond.ZERO: 0}


@dataclass(frozen=True)
class AtomState:
    """One atom, part of whose bonds are written."""

    kind: AtomKind
    aromatic: int = 0
    """Aromatic bonds so far."""
    order: int = 0
    """Sum of the orders of its other bonds; of an aliphatic atom, open ring closures included."""
    open: int = 0
    """Ring closures of an aromatic atom that may yet turn out aromatic or single."""
    double: Double = Double.NONE
    """Of a kind that `has_double`."""

    @property
    def valid(self) -> bool:
        """Whether RDKit accepts it however its open ring closures turn out."""
        return self.growth >= 0

    @property
    def growth(self) -> int:
        """Bonds it can still take, single and aromatic in whatever mix; -1 if it has too many."""
        if self.kind.unbounded:
            return MOST_GROWTH
        growth = -1
        while growth < MOST_GROWTH and self._fits(self.open + growth + 1):
            growth += 1
        return growth

    def _fits(self, unknown: int) -> bool:
        fits = self.kind.fits
        for aromatic in range(unknown + 1 if self.kind.aromatic else 1):
            a, s = self.aromatic + aromatic, self.order + unknown - aromatic
            if a >= len(fits) or s > MOST_ORDER or not fits[a][s]:
                return False
        return True

    @property
    def settled(self) -> bool:
        """Whether RDKit would write the atom so, with no more bonds."""
        bonds = self.aromatic + self.order + self.open
        lacking = self.kind.lacking[bonds : bonds + 1]
        return self.ringed and self.double != Double.DUE and not any(lacking)

    @property
    def ringed(self) -> bool:
        """Whether it needs no further aromatic bond: an aromatic atom has two.

        Or none, in the middle of fused rings: the nitrogen of `c1nc2nccc3nccc1n-3-2`. RDKit reads
        others too, but what it calls aromatic lies on a ring of aromatic bonds.
        """
        if not self.kind.aromatic or self.aromatic + self.open >= 2:
            return True
        middle = self.aromatic == 0 and self.order + self.open >= 3
        return middle and self.doubles == 1

    @property
    def doubles(self) -> int:
        """`AtomKind.doubles` if it were left as it is."""
        if not self.kind.aromatic:
            return 3
        return self.kind.doubles[self.aromatic + self.order + self.open]

    @cached_property
    def hopes(self) -> int:
        """`doubles` of all that more bonds can make of it, 0 if they cannot settle it."""
        hopes = self.doubles if self.settled else 0
        if self.kind.aromatic or not self.settled:
            last = Bond.AROMATIC if self.kind.aromatic else Bond.DOUBLE
            for bond in (Bond.SINGLE, Bond.RESERVE, last):
                grown = self.add(bond)
                hopes |= grown.hopes if grown else 0
        return hopes

    def add(self, bond: Bond) -> "AtomState | None":
        """With one more bond; `None` where RDKit would refuse it."""
        if bond == Bond.NONE or (self.kind.unbounded and bond != Bond.AROMATIC):
            return self
        if bond == Bond.AROMATIC or (bond == Bond.RESERVE and self.kind.aromatic):
            if not self.kind.aromatic:
                return None
            grown = (
                replace(self, aromatic=self.aromatic + 1)
                if bond == Bond.AROMATIC
                else replace(self, open=self.open + 1)
            )
        else:
            is_double = bond == Bond.DOUBLE and self.kind.has_double
            grown = replace(
                self,
                order=self.order + ORDERS.get(bond, 1),
                double=Double.HAS if is_double else self.double,
            )
        return grown if grown.valid else None

    def resolve(self, bond: Bond) -> "AtomState | None":
        """With one open ring closure turned into `bond`."""
        if bond == Bond.NONE or self.kind.unbounded:
            return self
        if self.kind.aromatic:
            return replace(self, open=self.open - 1).add(bond) if self.open else None
        return replace(self, order=self.order - 1).add(bond) if self.order else None


def all_states(kind: AtomKind) -> list[AtomState]:
    """Every valid state of a kind."""
    if kind.unbounded:
        return [AtomState(kind)]
    opens = range(MOST_OPEN + 1 if kind.aromatic else 1)
    doubles = tuple(Double) if kind.has_double else (Double.NONE,)
    states = (
        AtomState(kind, *counts)
        for counts in product(range(len(kind.fits)), range(MOST_ORDER + 1), opens, doubles)
    )
    return [state for state in states if state.valid]
