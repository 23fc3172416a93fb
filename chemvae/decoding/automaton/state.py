"""Where every row of a batch stands."""

import torch
from torch import Tensor

from chemvae.decoding.automaton.atoms import Bond
from chemvae.decoding.automaton.kekule import NEVER, NO_SLOT, KekuleSets
from chemvae.decoding.automaton.tables import BONDS, LABELS_AT_ONCE, Place, Tables
from chemvae.decoding.automaton.tokens import Role

_BY_ROW = ("place", "symbol", "current", "depth", "ringless", "top_ringless", "atoms", "branches")
_BY_LABEL = ("opener", "siblings", "blocked")


class RowStates:
    """What is remembered of each row; `advance` takes it one token further.

    Atoms are told apart by their position: that of their token, counted from 1; 0 is no atom.
    Labels come first in `r x b` tensors: their sums over `r` then run along memory.

    Args:
        tables: Of the vocabulary, on the device of the state.
        rows: `b`.
        max_tokens: The most tokens of a molecule, EOS not counted.
    """

    def __init__(self, tables: Tables, rows: int, max_tokens: int) -> None:
        self.tables, self.left, self.position = tables, max_tokens, 0
        device, labels = tables.role.device, tables.num_labels

        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.long, device=device)

        self.place = torch.full_like(zeros(rows), Place.START)
        """`b`: `Place`."""
        self.symbol = zeros(rows)
        """`b`: the pending bond symbol."""
        self.current = zeros(rows)
        """`b`: the atom that the next one is appended to."""
        self.depth = zeros(rows)
        """`b`: open branches."""
        self.ringless = zeros(rows)
        """`b`: the last part of the path to the current atom that must come to lie in a ring and
        does not yet: twice the position of an aromatic atom, or one less for the aromatic bond
        that leads to it; 0: none."""
        self.top_ringless = zeros(rows)
        """`b`: the first such part."""
        self.atoms = zeros(rows, max_tokens + 3)
        """Atom states by position; the last column takes what belongs nowhere."""
        self.branches = zeros(rows, max_tokens // 2 + 3)
        """The atoms whose branches are open, from column 1; column 0 stands for the string."""
        self.opener = zeros(labels, rows)
        """`r x b`: the atom that opened the label; 0: it is free."""
        self.siblings = zeros(labels, rows)
        """`r x b`: how many labels that atom has open."""
        self.blocked = zeros(labels, rows).bool()
        """`r x b`: the current atom may not close it: itself or a neighbour of it opened it."""
        self.kekule = KekuleSets(rows, max_tokens + 3, labels, device)
        self._labels = torch.arange(labels, device=device).unsqueeze(1)
        self.powers = 2 ** torch.arange(LABELS_AT_ONCE, device=device).unsqueeze(1)
        """`8 x 1`: what turns yes and no of eight labels into a row number."""
        self._row_starts = self._starts()

    def select(self, rows: Tensor) -> None:
        """Keep these rows, in this order; an index may repeat."""
        for dim, names in enumerate((_BY_ROW, _BY_LABEL)):
            for name in names:
                setattr(self, name, getattr(self, name).index_select(dim, rows))
        self.kekule.select(rows)
        self._row_starts = self._starts()

    def state_of(self, atoms: Tensor) -> Tensor:
        """States of `... x b` atoms."""
        cells = self._row_starts + atoms
        return self.atoms.view(-1).index_select(0, cells.view(-1)).view_as(cells)

    def branch_atom(self) -> Tensor:
        """`b`: the atom whose branch was opened last; 0 outside branches."""
        return self.branches.gather(1, self.depth.unsqueeze(1)).squeeze(1)

    def advance(self, tokens: Tensor) -> None:
        """Every row takes its token, `b`; after EOS a row stays finished."""
        t = self.tables
        self.position = min(self.position + 1, self.atoms.shape[1] - 2)
        self.left -= 1
        role, aromatic = t.role.index_select(0, tokens), t.aromatic.index_select(0, tokens)
        is_atom, closes_branch = role == Role.ATOM, role == Role.CLOSE
        above = self.branch_atom()
        bond = self._bind(tokens, is_atom, closes_branch, aromatic)
        self.branches.scatter_(1, (self.depth + 1).unsqueeze(1), self.current.unsqueeze(1))
        self._forget_lost(closes_branch, above)
        self._note_aromatic(aromatic > 0, bond)
        current = torch.where(closes_branch, above, self.current)
        current.masked_fill_(is_atom, self.position)
        self.current = current.masked_fill_(role == Role.DOT, 0)
        self.depth = self.depth + (role == Role.OPEN).long() - closes_branch.long()
        self.place = t.place.index_select(0, self.place * len(Role) + role)
        done = self.place == Place.DONE
        self.symbol = t.symbol.index_select(0, tokens).masked_fill_(done, t.num_symbols - 1)

    def _bind(
        self, tokens: Tensor, is_atom: Tensor, closes_branch: Tensor, aromatic: Tensor
    ) -> Tensor:
        """Write the bond that the token makes into the atoms at both of its ends; and return it."""
        t = self.tables
        state = self.state_of(self.current)
        from_aromatic = t.is_aromatic.index_select(0, state)
        is_ring = t.role.index_select(0, tokens) == Role.RING
        column = t.column.index_select(0, tokens)
        opener = self._opener_of(column) * is_ring
        closing = opener > 0
        theirs = self.state_of(opener)
        to_aromatic = torch.where(closing, t.is_aromatic.index_select(0, theirs), aromatic)
        bond = t.bond.index_select(0, (self.symbol * 2 + from_aromatic) * 2 + to_aromatic)
        mine = torch.where(is_ring, int(Bond.RESERVE), int(Bond.NONE))
        mine = torch.where(is_atom | closing, bond, mine)
        finished = ((is_atom & (self.place < Place.OPENED)) | closes_branch) & (state > 0)
        grown = t.add.index_select(0, state * BONDS + mine)
        self._write(self.current, grown + finished * t.num_states)
        nowhere = self.atoms.shape[1] - 1
        self._write(
            opener.masked_fill(~closing, nowhere), t.resolve.index_select(0, theirs * BONDS + bond)
        )
        in_branch = (self.place >= Place.OPENED).long()
        after = t.after.index_select(0, state * 2 + in_branch)
        self._match(
            (is_atom & (aromatic > 0)) | (is_ring & ~closing & (from_aromatic > 0)),
            is_atom & (aromatic > 0),
            t.pairs.index_select(0, tokens) > 0,
            closing,
            column,
            bond,
            theirs,
            finished,
            t.doubles.index_select(0, grown),
        )
        first = (after * t.num_symbols + self.symbol) * t.num_tokens + tokens
        self.atoms[:, self.position] = t.first.index_select(0, first)
        if t.num_labels:
            self._close_rings(closing, opener)
            self._label(is_atom, is_ring, closing, opener, column)
        return bond

    def _match(
        self,
        needs_slot: Tensor,
        new_atom: Tensor,
        pairs: Tensor,
        closing: Tensor,
        column: Tensor,
        bond: Tensor,
        theirs: Tensor,
        finished: Tensor,
        doubles: Tensor,
    ) -> None:
        """Keep count of the double bonds that aromatic atoms may have."""
        sets = self.kekule
        mine = sets.slot_of(self.current)
        needs_slot = needs_slot & torch.where(new_atom, pairs, mine < NO_SLOT)
        new = sets.take_slot(needs_slot)
        if self.tables.num_labels:
            index = column.unsqueeze(0)
            label = sets.label_slots.gather(0, index).squeeze(0).masked_fill(~closing, NO_SLOT)
            sets.close(label, mine, bond, finished=theirs > self.tables.num_states)
            is_label = (closing | (needs_slot & ~new_atom)) & (self._labels == column)
            sets.label_slots = torch.where(is_label, new, sets.label_slots)
        sets.link(mine, new, needs_slot & (~new_atom | (bond == Bond.AROMATIC)))
        sets.finish(mine.masked_fill(~finished, NO_SLOT), doubles)
        new = new.masked_fill(~new_atom, NO_SLOT).masked_fill(new_atom & ~pairs, NEVER)
        sets.atom_slots[:, self.position] = new

    def _opener_of(self, column: Tensor) -> Tensor:
        if not self.tables.num_labels:
            return torch.zeros_like(column)
        return self.opener.gather(0, column.unsqueeze(0)).squeeze(0)

    def _label(
        self, is_atom: Tensor, is_ring: Tensor, closing: Tensor, opener: Tensor, column: Tensor
    ) -> None:
        who = torch.where(closing, opener, self.current)
        theirs = (self.opener == who) & (self.opener > 0)
        beside = theirs & is_ring
        this = (self._labels == column) & is_ring
        count = (beside.sum(0) + 1).masked_fill_(closing, 0)
        change = 1 - 2 * closing.long()
        self.siblings = torch.where(this, count, self.siblings + beside * change)
        self.blocked = torch.where(is_atom, theirs, self.blocked | beside | this)
        self.opener = torch.where(this, self.current.masked_fill(closing, 0), self.opener)

    def _close_rings(self, closing: Tensor, opener: Tensor) -> None:
        """A closed ring holds every atom of the path from its opener on."""
        ringed = closing & (2 * opener <= self.ringless)
        # Of what comes before the opener only the first is remembered.
        rest = self.top_ringless * (self.top_ringless < 2 * opener)
        self.ringless = torch.where(ringed, rest, self.ringless)
        self.top_ringless = torch.where(ringed, rest, self.top_ringless)

    def _forget_lost(self, closes_branch: Tensor, above: Tensor) -> None:
        """An atom left outside every ring is past help: let the row end all the same."""
        lost = closes_branch & (self.ringless > 2 * above)
        self.top_ringless = self.top_ringless.masked_fill(lost & (self.top_ringless > 2 * above), 0)
        self.ringless = torch.where(lost, self.top_ringless, self.ringless)

    def _note_aromatic(self, new: Tensor, bond: Tensor) -> None:
        part = 2 * self.position - (bond == Bond.AROMATIC).long()
        self.ringless = torch.where(new, part, self.ringless)
        first = new & (self.top_ringless == 0)
        self.top_ringless = torch.where(first, part, self.top_ringless)

    def _write(self, atoms: Tensor, states: Tensor) -> None:
        self.atoms.scatter_(1, atoms.unsqueeze(1), states.unsqueeze(1))

    def _starts(self) -> Tensor:
        rows, width = self.atoms.shape
        return torch.arange(0, rows * width, width, device=self.atoms.device)
