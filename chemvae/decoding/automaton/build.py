"""Builds the tables of a vocabulary."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from chemvae.decoding.automaton.atoms import MOST_GROWTH, AtomState, Bond, Double, all_states
from chemvae.decoding.automaton.limits import ClosingCosts
from chemvae.decoding.automaton.outlook import outlook_table
from chemvae.decoding.automaton.tables import (
    BONDS,
    LABELS_AT_ONCE,
    NEEDS,
    REFUSED,
    WHICH,
    After,
    Tables,
    place_table,
)
from chemvae.decoding.automaton.tokens import Meaning, Role

NEVER = -128
"""Growth of a token that may not come at all."""
UNSETTLED = 64
"""Subtracted from the growth of a token that leaves an aromatic atom RDKit would never write."""
_MARK_BITS = {Role.OPEN: 0, Role.CLOSE: 1, Role.DOT: 2, Role.END: 3}
_BY_ORDER = {0: Bond.ZERO, 1: Bond.SINGLE, 2: Bond.DOUBLE, 3: Bond.TRIPLE, 4: Bond.QUADRUPLE}


def build_tables(meanings: Sequence[Meaning]) -> Tables:
    """The tables of tokens that mean this, one for each token, `v`."""
    kinds = list(dict.fromkeys(m.atom for m in meanings if m.atom))
    states = [state for kind in kinds for state in all_states(kind)]
    symbols = list(dict.fromkeys(m for m in meanings if m.role == Role.BOND))
    labels = sorted({m.label for m in meanings if m.role == Role.RING})
    costs = ClosingCosts(len(labels), max((AtomState(kind).growth for kind in kinds), default=0))
    most_slack = 2 * len(labels) + 2
    atoms = _AtomTables(states)
    aromatic = torch.tensor([m.atom is not None and m.atom.aromatic for m in meanings])
    symbol = torch.tensor([symbols.index(m) + 1 if m in symbols else 0 for m in meanings])
    group = torch.tensor([_group(m) for m in meanings])
    bond = _bond_table(symbols)
    fresh = torch.tensor(
        [atoms.number.get(AtomState(m.atom), 0) if m.atom else 0 for m in meanings]
    )
    directed = torch.tensor([False, *(m.direction for m in symbols), False])
    first = _first_table(atoms, bond, fresh, aromatic, directed)
    offers = _append_table(atoms, bond, first, aromatic, symbol, directed)
    offered, situation = torch.unique(offers, dim=0, return_inverse=True)
    atom_rows, bond_rows = _rows(offered, symbol > 0, group)
    tables = Tables(
        role=torch.tensor([m.role for m in meanings]),
        aromatic=aromatic.long(),
        pairs=torch.tensor([m.atom is not None and m.atom.pairs for m in meanings]).long(),
        symbol=symbol,
        column=torch.tensor(
            [labels.index(m.label) if m.role == Role.RING else 0 for m in meanings]
        ),
        place=place_table(),
        situation=situation,
        atoms=atom_rows,
        atoms_any=atom_rows.any(dim=1),
        bonds=bond_rows,
        bonds_any=bond_rows.any(dim=1),
        marks=_switch_rows(meanings, lambda m: _MARK_BITS.get(m.role, -1), len(_MARK_BITS)),
        rings=tuple(
            _switch_rows(meanings, _label_bit(labels[start:]), LABELS_AT_ONCE)
            for start in range(0, len(labels), LABELS_AT_ONCE)
        ),
        after=atoms.twice(atoms.after).flatten(),
        first=first.flatten(),
        bond=bond.flatten(),
        is_aromatic=atoms.twice(atoms.is_aromatic).long(),
        growth=atoms.twice(atoms.growth),
        add=atoms.twice(atoms.add).flatten(),
        add_growth=atoms.twice(atoms.growth[atoms.add].masked_fill(atoms.add == 0, -1)).flatten(),
        resolve=atoms.resolve.flatten(),
        resolvable=atoms.resolvable.flatten(),
        hopes=atoms.twice(atoms.hopes),
        doubles=atoms.twice(atoms.doubles),
        settled=atoms.twice(atoms.settled),
        ringed=atoms.twice(atoms.ringed),
        chain=costs.chain_table(),
        least_growth=costs.least_growth_table(most_slack, MOST_GROWTH),
        num_labels=len(labels),
        num_tokens=len(meanings),
        num_symbols=len(symbols) + 2,
        num_states=len(states),
        most_slack=most_slack,
        known_marks=_known_marks({m.role for m in meanings}),
        outlook=torch.empty(0),
    )
    return replace(tables, outlook=outlook_table(tables))


def _rows(offered: Tensor, is_bond: Tensor, group: Tensor) -> tuple[Tensor, Tensor]:
    """`Tables.atoms` and `Tables.bonds` from the growth `offered`, `u x v`."""
    need = torch.arange(NEEDS).unsqueeze(1)
    lenient = torch.where((offered > NEVER) & (offered < 0), offered + UNSETTLED, offered)
    levels = torch.stack([offered, lenient], dim=1)[:, :, None, None]
    enough = levels >= need
    chosen = (torch.arange(WHICH).unsqueeze(1) >> group & 1).bool().unsqueeze(1)
    atoms = enough & ~is_bond & chosen  # u x lenient x which x need x v
    bonds = enough & is_bond & chosen
    bonds = bonds[:, 0].unsqueeze(2) | bonds[:, 1].unsqueeze(1)
    return atoms.flatten(0, 3), bonds.flatten(0, 3)


def _group(meaning: Meaning) -> int:
    """Which of three groups of atoms, or of bond symbols, a token belongs to."""
    if meaning.atom:
        return (2 - meaning.atom.pairs) * meaning.atom.aromatic
    return 0 if meaning.implied else 1 if meaning.order < 2 else 2


def _switch_rows(
    meanings: Sequence[Meaning], bit_of: Callable[[Meaning], int], bits: int
) -> Tensor:
    """`2^bits x v` bool: the tokens whose bit is set in the row number."""
    bit = torch.tensor([bit_of(m) for m in meanings])
    rows = torch.arange(2**bits).unsqueeze(1)
    return ((rows >> bit.clamp(min=0)) & 1).bool() & (bit >= 0) & (bit < bits)


def _known_marks(roles: set[Role]) -> int:
    """The bits of the marks that there are; a branch that could not be closed is not opened."""
    known = sum(1 << bit for role, bit in _MARK_BITS.items() if role in roles)
    return known if Role.CLOSE in roles else known & ~(1 << _MARK_BITS[Role.OPEN])


def _label_bit(labels: Sequence[int]) -> Callable[[Meaning], int]:
    return lambda m: labels.index(m.label) if m.role == Role.RING and m.label in labels else -1


class _AtomTables:
    """Atom states numbered from 1, and what bonds do to them; 0 is no atom."""

    def __init__(self, states: Sequence[AtomState]) -> None:
        self.number = {state: i for i, state in enumerate(states, start=1)}
        self.is_aromatic = torch.tensor([False, *(s.kind.aromatic for s in states)])
        self.growth = torch.tensor([0, *(s.growth for s in states)])
        self.settled = torch.tensor([True, *(s.settled for s in states)])
        self.ringed = torch.tensor([True, *(s.ringed for s in states)])
        self.doubles = torch.tensor([3, *(s.doubles for s in states)])
        self.hopes = torch.tensor([3, *(s.hopes for s in states)])
        self.hopeful = self.hopes > 0
        self.after = torch.tensor([[After.NOTHING] * 2, *map(_after, states)])
        due = (replace(state, double=Double.DUE) for state in states)
        self.due = torch.tensor([0, *(self.number.get(state, 0) for state in due)])
        self.is_due = torch.tensor([False, *(s.double == Double.DUE for s in states)])
        self.add = self._moves(states, AtomState.add)
        live = self._moves(states, AtomState.resolve)
        done = live[1:] + len(states) * (live[1:] > 0)
        self.resolve = torch.cat([live, done])
        self.resolvable = (self.resolve > 0).long()
        # Other openers that are not finished wait for their branch to close, and then go on.
        self.resolvable[: len(live)] *= (self.growth[live] > 0) * (1 + self.hopeful[live].long())
        self.resolvable[len(live) :] *= 1 + self.settled[live[1:]].long()
        # What RDKit makes of a ring closed by `~` differs from a chain bond: it is left out.
        self.resolvable[:, Bond.ZERO] = 0

    def _moves(
        self, states: Sequence[AtomState], move: Callable[[AtomState, Bond], AtomState | None]
    ) -> Tensor:
        table = torch.zeros(len(states) + 1, BONDS, dtype=torch.long)
        for i, state in enumerate(states, start=1):
            for bond in Bond:
                moved = move(state, bond)
                table[i, bond] = self.number[moved] if moved else 0
        return table

    def twice(self, table: Tensor) -> Tensor:
        """The rows of `table` again, for the finished states."""
        return torch.cat([table, table[1:]])


def _bond_table(symbols: Sequence[Meaning]) -> Tensor:
    """`p x 2 x 2`: the bond that no symbol, each symbol and the end of all stand for."""
    table = torch.full((len(symbols) + 2, 2, 2), REFUSED)
    for p, symbol in enumerate([Meaning(Role.BOND, implied=True), *symbols]):
        table[p] = REFUSED if symbol.aromatic_only else _BY_ORDER[symbol.order]
        if symbol.implied:
            table[p, 1, 1] = Bond.AROMATIC
    return table


def _after(state: AtomState) -> list[After]:
    """What the atom before is to one in the chain, and to one in a branch that it bears."""
    if state.kind.aromatic:
        return [After.AROMATIC] * 2
    in_chain = state.kind.unbounded or state.double == Double.HAS
    # Before a branch it may come to have one: that to the branch, and two more.
    in_branch = in_chain or (state.kind.has_double and state.growth >= 3)
    return [After.DOUBLE if each else After.ALIPHATIC for each in (in_chain, in_branch)]


def _first_table(
    atoms: _AtomTables, bond: Tensor, fresh: Tensor, aromatic: Tensor, directed: Tensor
) -> Tensor:
    """`Tables.first`, `4 x p x v`.

    After a mark of a double bond's stereo, and an atom without such a bond, the new one is due one.
    Aromatic atoms, which may bear one on their ring, are not looked at.
    """
    kinds = aromatic.long()
    bonded = [atoms.add[fresh, bond[:, after][:, kinds]] for after in (0, 1)]
    alone = torch.zeros_like(bonded[0])
    alone[0] = fresh
    due = atoms.due[bonded[0]]
    table = {
        After.NOTHING: alone,
        After.ALIPHATIC: torch.where(directed.unsqueeze(1) & (due > 0), due, bonded[0]),
        After.AROMATIC: bonded[1],
        After.DOUBLE: bonded[0],
    }
    return torch.stack([table[after] for after in After])


def _append_table(
    atoms: _AtomTables,
    bond: Tensor,
    first: Tensor,
    aromatic: Tensor,
    symbol: Tensor,
    directed: Tensor,
) -> Tensor:
    """`(s p branch) x v`: growth of a token, `NEVER`, or less `UNSETTLED`."""
    kinds = aromatic.long()
    new = first[atoms.after].movedim(1, 2)  # s x p x branch x v
    grown = atoms.add.unsqueeze(1).unsqueeze(1)  # the atom before, with the bond to the new one
    grown = grown.expand(-1, new.shape[1], new.shape[3], -1).gather(
        3, bond[:, atoms.is_aromatic.long()].movedim(1, 0)[:, :, kinds].unsqueeze(3)
    )
    grown = grown.squeeze(3)
    ready = torch.stack([atoms.settled[grown], atoms.hopeful[grown]], dim=2)
    legal = (new > 0) & (grown > 0).unsqueeze(2)
    legal[0] = new[0] > 0
    legal[:, :, 1] &= atoms.growth[grown] > 0
    lacks_double = (atoms.after == After.ALIPHATIC)[:, None, :, None] & ~atoms.is_due[new]
    stray = lacks_double & ~aromatic & directed[:, None, None]
    growth = atoms.growth[new]
    table = torch.where(ready & atoms.hopeful[new] & ~stray, growth, growth - UNSETTLED)
    table = table.masked_fill(~legal, NEVER).movedim(2, 1)  # s x branch x p x v
    for v in symbol.nonzero().flatten().tolist():
        table[1:, :, 0, v] = table[1:, :, symbol[v]].amax(dim=-1)
    return table.movedim(1, 2).flatten(0, 2)
