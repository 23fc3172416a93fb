"""What every row of a batch may take next."""

import torch
from torch import Tensor

from chemvae.decoding.automaton.outlook import TO_AROMATIC, Outlook, combination
from chemvae.decoding.automaton.state import RowStates
from chemvae.decoding.automaton.tables import BONDS, LABELS_AT_ONCE, NEEDS, NO_ATOM, WHICH, Place

AROMATIC_RING = 4
"""Least tokens after an aromatic atom outside every open ring: `1`, two more atoms, `1`."""


class Choices:
    """The tokens open to the rows of `rows`, at this moment.

    Lenient choices keep to syntax, valence and length, and there always are some. Strict ones, of
    them, also keep aromatic systems such as RDKit writes and accepts them.
    """

    def __init__(self, rows: RowStates) -> None:
        self.rows = rows
        t = self.tables = rows.tables
        above = rows.branch_atom()
        self._width = t.num_labels + 2
        self.is_open = rows.opener > 0
        self.inner = rows.opener > above
        self.open, self.open_inside = self.is_open.sum(0), self.inner.sum(0)
        self.own = (rows.opener == rows.current).sum(0) * (rows.current > 0)
        own_above = (rows.opener == above).sum(0) * (above > 0)
        self.shared = (rows.siblings > 1).sum(0).clamp_(max=1)
        self.slack = rows.left - 1 - rows.depth - self.open
        """Tokens left for atoms beyond closing all that is open, once this token is taken."""
        self.base = self._index(self.open, self.own)
        self.cost_here = t.chain.index_select(0, self.base)
        self.base_above = self._index(self.open, own_above)
        self.cost_above = t.chain.index_select(0, self.base_above)
        self.all_inside_closed = self.open_inside == 0
        # What is left outside every ring needs an open one around it.
        around = self.open - self.own * (rows.ringless & 1)
        self.may_leave = (rows.ringless + 1 < 2 * rows.current) | (around > 0) | (rows.current == 0)
        self.ringed = rows.ringless <= 2 * above
        self.closable = self.is_open & ~rows.blocked
        self.num_closable = self.closable.sum(0)
        number = combination(
            t,
            rows.state_of(rows.current),
            rows.symbol,
            rows.place,
            rows.kekule.without_or_with(rows.current),
            self.open.clamp(max=2),
        )
        self.outlook = t.outlook.index_select(0, number)

    def allowed(self) -> Tensor:
        """`b x v` bool: the strict choices of a row if it has any, else the lenient ones."""
        t = self.tables
        strict, lenient = self._strict_and_lenient()
        atoms, bonds, marks, rings = strict
        some = t.atoms_any.index_select(0, atoms) | t.bonds_any.index_select(0, bonds)
        some |= rings.sum(0) + marks > 0
        return self._tokens(
            *(torch.where(some, *pair) for pair in zip(strict, lenient, strict=True))
        )

    def strictly(self) -> Tensor:
        """`b x v` bool: the strict choices alone; a row may have none."""
        return self._tokens(*self._strict_and_lenient()[0])

    def _strict_and_lenient(self) -> tuple[list[Tensor], list[Tensor]]:
        pairs = (self._atoms(), self._bonds(), self._marks(), self._rings())
        return [strict for strict, _ in pairs], [lenient for _, lenient in pairs]

    def _tokens(self, atoms: Tensor, bonds: Tensor, marks: Tensor, rings: Tensor) -> Tensor:
        """`b x v` bool, of rows of `Tables.atoms`, `.bonds` and `.marks`, and of ring closures."""
        t = self.tables
        allowed = t.atoms.index_select(0, atoms)
        allowed |= t.bonds.index_select(0, bonds)
        allowed |= t.marks.index_select(0, marks)
        for i, switches in enumerate(t.rings):
            group = rings[i * LABELS_AT_ONCE : (i + 1) * LABELS_AT_ONCE]
            number = (group * self.rows.powers[: len(group)]).sum(0)
            allowed |= switches.index_select(0, number)
        return allowed

    def _field(self, start: int, bits: int) -> Tensor:
        return self.outlook >> start & (1 << bits) - 1

    def _flag(self, start: int) -> Tensor:
        return (self.outlook & 1 << start) != 0

    def _atoms(self) -> tuple[Tensor, Tensor]:
        """Strict and lenient row numbers of `Tables.atoms`."""
        need = self._least_growth(self.slack)
        strict = need.masked_fill(~self.may_leave, NO_ATOM)
        which = torch.where(
            self.slack >= AROMATIC_RING,
            self._field(Outlook.WHICH_NEW_RING, 3),
            self._field(Outlook.WHICH, 3),
        )
        situation = (self.outlook >> Outlook.SITUATION) * (2 * WHICH)
        lenient = situation + (2 * WHICH - 1)
        return (situation + which) * NEEDS + strict, lenient * NEEDS + need

    def _bonds(self) -> tuple[Tensor, Tensor]:
        """Strict and lenient row numbers of `Tables.bonds`."""
        need = self._least_growth(self.slack - 1)
        strict = need.masked_fill(~self.may_leave, NO_ATOM)
        chain = self._field(Outlook.CHAIN, 3)
        ring = self._field(Outlook.RING, 3) * (self.num_closable > 0)
        situation = (self.outlook >> Outlook.SITUATION) * WHICH
        return (
            ((situation + chain) * WHICH + ring) * NEEDS + strict,
            (situation * WHICH + (WHICH - 1)) * NEEDS + need,
        )

    def _least_growth(self, slack: Tensor) -> Tensor:
        """Growth that the next atom must offer, with `slack` tokens left for extra ones."""
        steps = self.tables.most_slack + 2
        at = self.base * steps + (slack + 1).clamp(0, steps - 1)
        not_here = self.all_inside_closed & (slack >= self.cost_above)
        return self.tables.least_growth.index_select(0, at).masked_fill_(not_here, 0)

    def _marks(self) -> tuple[Tensor, Tensor]:
        """Strict and lenient row numbers of `Tables.marks`."""
        rows, complete = self.rows, self._flag(Outlook.COMPLETE)
        opens = complete & (self.slack - 2 >= self.cost_here) & self._flag(Outlook.BRANCHES)
        closes = complete & self.all_inside_closed & (rows.depth > 0)
        closes &= self.slack + 1 >= self.cost_above
        whole = complete & (rows.depth + self.open == 0)
        ends = whole * (12 if rows.left > 1 else 8) | (rows.place == Place.DONE) * 8
        leaves = 2 * closes + ends
        tidy = self._flag(Outlook.TIDY) & self.ringed
        known = self.tables.known_marks
        return (opens & self.may_leave) + leaves * tidy & known, opens + leaves & known

    def _rings(self) -> tuple[Tensor, Tensor]:
        """Strict and lenient ring closures, `r x b` bool."""
        t, rows = self.tables, self.rows
        theirs = rows.state_of(rows.opener)
        to_aromatic = t.is_aromatic.index_select(0, theirs.view(-1)).view_as(theirs) > 0
        aliphatic, aromatic = self._closing(0), self._closing(TO_AROMATIC)
        answers = torch.where(to_aromatic, aromatic, aliphatic)
        bond = answers >> 3
        resolvable = t.resolvable.index_select(0, (theirs * BONDS + bond).view(-1)).view_as(theirs)
        # Within a branch all that it opened is closed first; the rest can wait until it ends.
        after = (self.open - 1).clamp_(min=0) - self.open
        cost_above = t.chain.index_select(0, self.base_above + after * (2 * self._width))
        wait = (self.slack + 1 >= cost_above).long() * 2
        outside = self.inner == self.open_inside
        now = (answers & (1 + outside * wait)) != 0
        can_close = self.closable & self._flag(Outlook.AT_RING) & now
        can_open = ~self.is_open & self._can_open()
        hopeful = (resolvable > 1) & ((answers & 4) != 0)
        finished = theirs > t.num_states
        strict = can_close & hopeful & rows.kekule.closable(rows.current, bond, finished)
        return can_open | strict, can_open | (can_close & (resolvable > 0))

    def _closing(self, shift: int) -> Tensor:
        """Closing a ring to an aliphatic or an aromatic atom, `b`, as bits.

        1: all other rings can be closed from here on; 2: the present atom can take the bond; 4: it
        can then still become what it must; the rest: the `Bond`.
        """
        growth = self._field(Outlook.GROWTH + shift, 4) - 1
        bond = self._field(Outlook.BOND + shift, 4)
        rest = self.open - 1
        here = torch.minimum(growth, self.num_closable).sub_(1).clamp_(min=0)
        here *= 1 - self.shared
        chain = self._index((rest - here).clamp_(min=0), self.own)
        cost = self.tables.chain.index_select(0, chain)
        from_here = (growth > 0) & (cost <= self.slack + 1)
        at_once = (growth >= rest) & (self.num_closable > rest) & (self.shared == 0)
        from_here |= (at_once | (rest <= 0)) & (self.slack >= -1)
        takes = growth >= 0
        hopeful = self._flag(Outlook.HOPEFUL + shift)
        return (from_here & takes) + 2 * takes + 4 * hopeful + 8 * bond

    def _can_open(self) -> Tensor:
        """`b`: whether the current atom may open a ring closure."""
        growth = self._field(Outlook.RESERVE, 4) - 1
        shared = (self.own + self.shared).clamp_(max=1)
        here = torch.minimum(growth - 1, self.num_closable).clamp_(min=0)
        here = torch.where(shared > 0, here.clamp(max=1), here)
        k = self.open + 1 - here
        cost = self.tables.chain.index_select(0, (k * self._width + self.own + 1) * 2 + shared)
        return self._flag(Outlook.AT_ATOM) & (growth > 0) & (self.slack - 1 >= cost)

    def _index(self, k: Tensor, own: Tensor) -> Tensor:
        """Number of the entry of `Tables.chain`."""
        return (k * self._width + own) * 2 + self.shared
