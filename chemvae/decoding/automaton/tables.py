"""The tables a decode looks its answers up in; they depend on the vocabulary alone."""

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from chemvae.decoding.automaton.atoms import MOST_GROWTH, Bond
from chemvae.decoding.automaton.tokens import Role

REFUSED = len(Bond)
"""Column of the bond tables for a bond that cannot be."""
BONDS = REFUSED + 1
"""Columns of the bond tables."""
NO_ATOM = MOST_GROWTH + 1
"""A growth that no atom offers, one more than there is."""
NEEDS = NO_ATOM + 1
"""Different growths that can be asked for."""
WHICH = 8
"""Combinations of the three groups of atoms and of bond symbols."""
LABELS_AT_ONCE = 8
"""Ring-closure labels whose yes or no make one row number of `Tables.rings`."""


class Place(IntEnum):
    """What the last token was, as far as syntax goes; ordered so that one comparison tells."""

    BOND = 0
    """A bond symbol that a ring closure may follow too."""
    ATOM = 1
    """An atom or its ring closures."""
    CLOSED = 2
    """`)`."""
    START = 3
    CHAIN_BOND = 4
    """A bond symbol after `)`."""
    OPENED = 5
    """`(`."""
    BRANCH_BOND = 6
    """A bond symbol after `(`."""
    DONE = 7


class After(IntEnum):
    """What a new atom is appended to."""

    NOTHING = 0
    ALIPHATIC = 1
    """An atom without a double bond."""
    AROMATIC = 2
    DOUBLE = 3
    """An aliphatic atom that has a double bond, or may have one yet."""


_AFTER_BOND = {Place.OPENED: Place.BRANCH_BOND, Place.ATOM: Place.BOND}
_AFTER = {
    Role.ATOM: Place.ATOM,
    Role.RING: Place.ATOM,
    Role.OPEN: Place.OPENED,
    Role.CLOSE: Place.CLOSED,
    Role.DOT: Place.START,
    Role.END: Place.DONE,
    Role.START: Place.DONE,
}


def place_table() -> Tensor:
    """`place x role`, flat: where a token of that role leads."""
    return torch.tensor(
        [
            Place.DONE
            if place == Place.DONE
            else _AFTER.get(role, _AFTER_BOND.get(place, Place.CHAIN_BOND))
            for place in Place
            for role in Role
        ]
    )


@dataclass(frozen=True)
class Tables:
    """Tensors on one device, flat where they are looked up by a computed number.

    Letters: `v` tokens, `s` atom states (0: no atom; then the live ones; then the same as finished
    ones, which get no further chain), `p` pending bond symbols (0: none; the last: all is done),
    `u` different situations of the current atom and the pending symbol. "Lenient" rows hold what
    is valid by syntax, valence and length; strict rows, of them, what does not leave an aromatic
    atom as RDKit would never write it.
    """

    role: Tensor
    """`v`: `Role`."""
    aromatic: Tensor
    """`v`: 1 for an aromatic atom."""
    pairs: Tensor
    """`v`: 1 for an aromatic atom that can have a double bond within its rings."""
    symbol: Tensor
    """`v`: a bond's number in `p`, else 0."""
    column: Tensor
    """`v`: a ring closure's column among the labels, else 0."""
    place: Tensor
    """`place role`: the next place."""
    situation: Tensor
    """`s p branch`: number in `u`."""
    atoms: Tensor
    """`(u lenient which need) x v` bool: atoms that grow by the need; bits of `which`: aliphatic
    ones, aromatic ones that pair, other aromatic ones."""
    atoms_any: Tensor
    """`u lenient which need` bool: whether there is one."""
    bonds: Tensor
    """`(u chain ring need) x v` bool: bond symbols that lead to such atoms, strictly if in the
    group `chain`, leniently if in `ring`; bits of a group: symbols that may stand for an aromatic
    bond, other single ones, the rest."""
    bonds_any: Tensor
    """`u chain ring need` bool: whether there is one."""
    marks: Tensor
    """`16 x v` bool: `(`, `)`, `.` and EOS, by the bits of the row number."""
    rings: tuple[Tensor, ...]
    """`256 x v` bool each: ring closures, by the bits of the row number."""
    after: Tensor
    """`s 2`: `After` of the present atom, for the next one in the chain, and in a branch."""
    first: Tensor
    """`4 p v`: state of a new atom, by `After`."""
    bond: Tensor
    """`p 2 2`: the `Bond` between atoms that are aromatic or not."""
    is_aromatic: Tensor
    """`s`: 0 or 1."""
    growth: Tensor
    """`s`: further bonds."""
    settled: Tensor
    """`s` bool: `AtomState.settled`."""
    ringed: Tensor
    """`s` bool: `AtomState.ringed`."""
    hopes: Tensor
    """`s`: `AtomState.hopes`."""
    doubles: Tensor
    """`s`: `AtomState.doubles`."""
    add: Tensor
    """`s Bond`: the next state, 0 where refused."""
    add_growth: Tensor
    """`s Bond`: further bonds after it, -1 where refused."""
    resolve: Tensor
    """`s Bond`: the next state of an atom whose ring closure is closed, 0 where refused."""
    resolvable: Tensor
    """`s Bond`: 0 refused, 1 lenient, 2 strict."""
    outlook: Tensor
    """`s p place doubles open`: `Outlook` of each combination."""
    chain: Tensor
    """`ClosingCosts.chain_table`."""
    least_growth: Tensor
    """`ClosingCosts.least_growth_table`."""
    known_marks: int
    """Bits of those that the vocabulary has."""
    num_labels: int
    """Ring-closure labels, `r`."""
    num_tokens: int
    """Length of `v`."""
    num_symbols: int
    """Length of `p`."""
    num_states: int
    """Live atom states."""
    most_slack: int
    """Tokens left for extra atoms are told apart up to here."""

    def to(self, device: torch.device) -> "Tables":
        """The same on another device."""
        moved = dict(vars(self))
        for name, value in moved.items():
            if isinstance(value, Tensor):
                moved[name] = value.to(device)
        return Tables(**moved | {"rings": tuple(rows.to(device) for rows in self.rings)})
