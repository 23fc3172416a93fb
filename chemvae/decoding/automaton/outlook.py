"""What the present atom of a row allows, apart from how much is open elsewhere and how long it is.

All of that depends on five small numbers, so it is worked out once for all their combinations:

    s  state of the present atom               p  pending bond symbol
    place                                      doubles  `KekuleSets.without_or_with`
    open  ring closures that are open: 0, 1, 2 for more

A combination's answers are the bits of one integer, the fields of `Outlook`.
"""

from enum import IntEnum

import torch
from torch import Tensor

from chemvae.decoding.automaton.atoms import Bond
from chemvae.decoding.automaton.tables import BONDS, Place, Tables

OPENS = 3
"""How many numbers of open ring closures are told apart."""
DOUBLES = 4
_AROMATIC = int(Bond.AROMATIC)


class Outlook(IntEnum):
    """The fields, by the bit they begin at; growth is one more than it is, 0 where refused."""

    COMPLETE = 0
    """1 bit: the string might end here, or a branch open or close."""
    AT_ATOM = 1
    """1 bit: a ring closure may open."""
    AT_RING = 2
    """1 bit: a ring closure may close."""
    TIDY = 3
    """1 bit: the atom may be left as it is."""
    BRANCHES = 4
    """1 bit: it bears a branch and what follows it."""
    WHICH = 5
    """3 bits: the group of atoms that may follow."""
    WHICH_NEW_RING = 8
    """3 bits: the same where there is room for a new aromatic ring."""
    CHAIN = 11
    """3 bits: the group of bond symbols that may go to an atom."""
    RING = 14
    """3 bits: the group of bond symbols that may go to a ring closure."""
    RESERVE = 17
    """4 bits: growth once a ring closure is opened."""
    BOND = 21
    """4 bits: the bond of a ring closed to an aliphatic atom; 9 bits on, to an aromatic one."""
    GROWTH = 25
    """4 bits: growth after it."""
    HOPEFUL = 29
    """1 bit: the atom can still become what it must."""
    SITUATION = 39
    """The rest: the number in `u`."""


TO_AROMATIC = 9
"""Bits from a field of a ring closed to an aliphatic atom to that of one to an aromatic atom."""


def combination(
    tables: Tables, state: Tensor, symbol: Tensor, place: Tensor, doubles: Tensor, is_open: Tensor
) -> Tensor:
    """The number of a combination."""
    number = (state * tables.num_symbols + symbol) * len(Place) + place
    return (number * DOUBLES + doubles) * OPENS + is_open


def outlook_table(tables: Tables) -> Tensor:
    """The answers of every combination."""
    sizes = (tables.num_states + 1, tables.num_symbols, len(Place), DOUBLES, OPENS)
    grid = torch.cartesian_prod(*(torch.arange(size) for size in sizes)).unbind(1)
    return _Grid(tables, *grid).packed()


class _Grid:
    """All combinations, one an element."""

    def __init__(
        self,
        tables: Tables,
        state: Tensor,
        symbol: Tensor,
        place: Tensor,
        doubles: Tensor,
        is_open: Tensor,
    ) -> None:
        self.t, self.state, self.symbol, self.place = tables, state, symbol, place
        self.doubles, self.open = doubles, is_open
        self.aliphatic, self.aromatic = self._bond_to(0), self._bond_to(1)
        # An aromatic bond to the next atom may be the double bond that this one lacks.
        self.gained = ((doubles & 1) * 2) * (self.aromatic[1] == _AROMATIC)

    def packed(self) -> Tensor:
        t, complete = self.t, (self.place == Place.ATOM) | (self.place == Place.CLOSED)
        branch = self.place >= Place.OPENED
        chain, ring = self._bond_groups()
        reserve = t.add_growth[self.state * BONDS + int(Bond.RESERVE)]
        fields = {
            Outlook.COMPLETE: complete,
            Outlook.AT_ATOM: self.place == Place.ATOM,
            Outlook.AT_RING: self.place <= Place.ATOM,
            Outlook.TIDY: t.settled[self.state] & ((t.doubles[self.state] & self.doubles) > 0),
            Outlook.BRANCHES: t.growth[self.state] >= 2,
            Outlook.WHICH: self._atom_group(self.open > 0),
            Outlook.WHICH_NEW_RING: self._atom_group(
                (self.open > 0) | (self.aromatic[1] != _AROMATIC)
            ),
            Outlook.CHAIN: chain,
            Outlook.RING: ring,
            Outlook.RESERVE: reserve + 1,
            Outlook.SITUATION: t.situation[(self.state * t.num_symbols + self.symbol) * 2 + branch],
        }
        packed = sum((value.long() << start for start, value in fields.items()), self.state * 0)
        for shift, (after, bond) in ((0, self.aliphatic), (TO_AROMATIC, self.aromatic)):
            growth = t.add_growth[self.state * BONDS + bond] + 1
            packed |= bond << (Outlook.BOND + shift)
            packed |= growth << (Outlook.GROWTH + shift)
            packed |= self._hopeful(after).long() << (Outlook.HOPEFUL + shift)
        return packed

    def _bond_to(self, aromatic: int) -> tuple[Tensor, Tensor]:
        """The present atom once bonded to an atom that is aromatic or not, and the bond."""
        mine = (self.symbol * 2 + self.t.is_aromatic[self.state]) * 2
        bond = self.t.bond[mine + aromatic]
        return self.t.add[self.state * BONDS + bond], bond

    def _with(self, bond: Bond) -> Tensor:
        return self.t.add[self.state * BONDS + int(bond)]

    def _atom_group(self, room: Tensor) -> Tensor:
        """Which atoms may follow: aromatic ones where there is room for them."""
        unpaired = self._may_become(self.aromatic[0]) & room
        paired = self._may_become(self.aromatic[0], self.gained) & room
        return self._may_become(self.aliphatic[0]) + 2 * paired + 4 * unpaired

    def _bond_groups(self) -> tuple[Tensor, Tensor]:
        """Which bond symbols may go to an atom, and which to a ring closure."""
        single, double = self._with(Bond.SINGLE), self._with(Bond.DOUBLE)
        to_single = self._may_become(single)
        to_aromatic = self._may_become(self.aromatic[0], self.gained) & (self.open > 0)
        chain = (to_single | to_aromatic) + 2 * to_single + 4 * self._may_become(double)
        # How the chain goes on after a ring closure is still open.
        close_single = self._hopeful(single)
        close_implied = close_single | self._hopeful(self.aromatic[0])
        ring = close_implied + 2 * close_single + 4 * self._hopeful(double)
        return chain, ring * (self.place == Place.ATOM)

    def _may_become(self, state: Tensor, gained: Tensor | int = 0) -> Tensor:
        """Whether the present atom can be left in this state, as to double bonds.

        Args:
            state: With the bond to the next atom.
            gained: 2 where that bond may be a double one.
        """
        now = self.t.doubles[state] & (self.doubles | gained)
        # Before a branch it is not left yet: more bonds follow, and one may be a double one.
        later = self.t.hopes[state] & (self.doubles | (self.doubles & 1) * 2)
        return torch.where(self.place >= Place.OPENED, later, now) > 0

    def _hopeful(self, state: Tensor) -> Tensor:
        """Whether it can become what it must after closing a ring.

        An aromatic bond that it still lacks lies in a ring: one is open, or it can open another.
        """
        ring = self.t.ringed[state] | (self.open > 1) | (self.t.growth[state] >= 2)
        return (self.t.hopes[state] > 0) & ring & (state > 0)
