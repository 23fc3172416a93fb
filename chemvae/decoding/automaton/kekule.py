"""Which double bonds an aromatic system may still have: kept exactly, as sets of possibilities.

RDKit accepts an aromatic system if its bonds can be made single and double so that every atom has
the double bond it needs: a perfect matching. While a string is written, only a few atoms and open
ring closures can still take part. Each of them holds one of six slots, and a 64-bit number says for
each of the 64 combinations of "has its double bond" whether the finished part can be completed with
it. Where more than six are open at once the row is let through: it is not followed any further.
"""

from functools import lru_cache

import torch
from torch import Tensor

from chemvae.decoding.automaton.atoms import Bond

SLOTS = 6
NO_SLOT = SLOTS
"""The slot of what has no say: an aliphatic atom, a ring closure that is not aromatic for sure."""
NEVER = SLOTS + 1
"""The slot of an aromatic atom that takes no double bond, as `o` and `[nH]`."""


def _masks() -> list[int]:
    """For each slot, the combinations in which it is not set, as the bits of a signed number."""
    masks = [sum(1 << c for c in range(64) if not c >> slot & 1) for slot in range(SLOTS)]
    return [*(mask - (mask >> 63 << 64) for mask in masks), -1, 0]


@lru_cache
def _constants(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """By slot what combinations lack it and what its bit is, and the first slot that is free."""
    free = [next(s for s in range(SLOTS + 1) if not used >> s & 1) for used in range(1 << SLOTS)]
    return (
        torch.tensor(_masks(), device=device),
        torch.tensor([*(1 << slot for slot in range(SLOTS)), 0, 0], device=device),
        torch.tensor(free, device=device),
    )


class KekuleSets:
    """The possibilities of every row.

    Args:
        rows: `b`.
        width: Positions of atoms.
        labels: Ring-closure labels, `r`.
        device: Of all tensors.
    """

    def __init__(self, rows: int, width: int, labels: int, device: torch.device) -> None:
        self.possible = torch.ones(rows, dtype=torch.long, device=device)
        """`b`: the set; at first the one combination in which nothing is set."""
        self.used = torch.zeros_like(self.possible)
        """`b`: the slots taken, as bits."""
        self.lost = torch.zeros_like(self.possible)
        """`b`: 3 where there were too few slots, else 0."""
        self.atom_slots = torch.full((rows, width), NO_SLOT, device=device)
        """`b x position`."""
        self.label_slots = torch.full((labels, rows), NO_SLOT, device=device)
        """`r x b`."""
        self._unset, self._step, self._first_free = _constants(device)

    def select(self, rows: Tensor) -> None:
        """Keep these rows, in this order."""
        for name in ("possible", "used", "lost", "atom_slots"):
            setattr(self, name, getattr(self, name).index_select(0, rows))
        self.label_slots = self.label_slots.index_select(1, rows)

    def slot_of(self, atoms: Tensor) -> Tensor:
        """Slots of `b` atoms."""
        return self.atom_slots.gather(1, atoms.unsqueeze(1)).squeeze(1)

    def without_or_with(self, atoms: Tensor) -> Tensor:
        """`b`: 1 where an atom may be left without a double bond, 2 with one, 3 for either."""
        slot = self.slot_of(atoms)
        unset = self._unset.index_select(0, slot)
        without, having = self.possible & unset, self.possible & ~unset
        free = (slot >= NO_SLOT) * 3  # nothing is asked of it
        return (without != 0) + 2 * (having != 0) | free | self.lost

    def closable(self, current: Tensor, bond: Tensor, finished: Tensor) -> Tensor:
        """`r x b` bool: a possibility is left when the current atom closes the label.

        Args:
            current: `b`.
            bond: `r x b`: the `Bond` it makes.
            finished: `r x b` bool: the atom that opened it is finished.
        """
        lacking = self._unset.index_select(0, self.slot_of(current))
        single, double = self._closed(self.label_slots, lacking, bond, finished)
        return ((single | double) != 0) | (self.lost > 0)

    def _closed(
        self, label: Tensor, lacking: Tensor, bond: Tensor, finished: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The possibilities in which the bond has stayed single, and those where it is double."""
        unset = self._unset.index_select(0, label.view(-1)).view_as(label)
        # A double bond written out, as in `c1...C=1`, is what a finished opener then has. One that
        # is not finished counts it among its bonds.
        written = (bond == Bond.DOUBLE) & finished & (label != NO_SLOT)
        single = (self.possible & unset).masked_fill_(written, 0)
        double = self.possible & ~unset & (lacking | -written.long())
        return single, double.masked_fill_((bond != Bond.AROMATIC) & ~written, 0)

    def take_slot(self, needed: Tensor) -> Tensor:
        """`b`: a free slot for the rows that need one, else `NO_SLOT`."""
        slot = self._first_free.index_select(0, self.used).masked_fill_(~needed, NO_SLOT)
        self.lost = self.lost.masked_fill(needed & (slot == NO_SLOT), 3)
        self.used = self.used | self._step.index_select(0, slot)
        return slot

    def link(self, first: Tensor, second: Tensor, linked: Tensor) -> None:
        """A new bond between two slots may be double where both atoms still lack one."""
        steps = self._step.index_select(0, first) + self._step.index_select(0, second)
        double = (
            self.possible & self._unset.index_select(0, first) & self._unset.index_select(0, second)
        ) << steps
        self.possible = self.possible | double.masked_fill_(~linked, 0)

    def close(self, label: Tensor, atom: Tensor, bond: Tensor, finished: Tensor) -> None:
        """Slot `atom` closes the ring whose possible double bond holds slot `label`, all `b`."""
        lacking = self._unset.index_select(0, atom)
        single, double = self._closed(label, lacking, bond, finished)
        double = self._moved_out(double, label, self._unset.index_select(0, label))
        double <<= self._step.index_select(0, atom).masked_fill_(bond != Bond.AROMATIC, 0)
        self.possible = torch.where(label == NO_SLOT, self.possible, single | double)
        self.used = self.used & ~self._step.index_select(0, label)

    def finish(self, slot: Tensor, choices: Tensor) -> None:
        """An atom gets no more bonds.

        Args:
            slot: `b`: its slot, `NO_SLOT` where nothing is finished.
            choices: `b`: 1 where it must have no double bond, 2 where it must, 3 for either.
        """
        unset = self._unset.index_select(0, slot)
        without = (self.possible & unset).masked_fill_((choices & 1) == 0, 0)
        having = self._moved_out(self.possible & ~unset, slot, unset)
        self.possible = torch.where(
            slot >= NO_SLOT, self.possible, without | having.masked_fill_(choices < 2, 0)
        )
        self.used = self.used & ~self._step.index_select(0, slot)

    def _moved_out(self, combinations: Tensor, slot: Tensor, unset: Tensor) -> Tensor:
        """The same combinations with the slot no longer set."""
        return (
            combinations >> self._step.index_select(0, slot)
        ) & unset  # the shift copies the sign down
