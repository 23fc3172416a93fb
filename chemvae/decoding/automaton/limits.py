"""How many atoms a string still needs before it can end.

Every open ring closure costs its own token, and needs an atom to stand on: not the atom that opened
it, nor a neighbour of that atom, nor one that closes another label of the same atom. The strategy
behind these numbers appends the atom of the vocabulary that bears most, closes on it what it can,
and goes on. It can always be followed: no state that leaves it room is a dead end.
"""

from itertools import product

import torch
from torch import Tensor

_BOTH = (False, True)

UNREACHABLE = 100
"""More atoms than any vocabulary's ring closures need: such a state cannot be ended."""


class ClosingCosts:
    """Extra atoms that `k` open ring closures need.

    Args:
        labels: Ring-closure labels of the vocabulary.
        capacity: Bonds of the atom that bears most.
    """

    def __init__(self, labels: int, capacity: int) -> None:
        self.labels, self.capacity = labels, capacity

    def chain(self, k: int, own: int, shared: bool) -> int:
        """Atoms to append for `k` closures that the present atom does not close itself.

        Args:
            k: Open ring closures.
            own: Those of them that the atom appended to has opened: its neighbour cannot close
                them.
            shared: Whether some atom has opened more than one of all that are open.
        """
        if k <= 0:
            return 0
        if self.capacity < (2 if k == 1 else 3):
            return UNREACHABLE
        if shared:  # one closure an atom is simple, and rarely more than is needed
            return k + (own >= k)
        return max(-(-(k - 1) // (self.capacity - 2)) if k > 1 else 1, own + 1 if own else 1)

    def fresh(self, k: int, own: int, shared: bool, growth: int) -> int:
        """The same once an atom with `growth` further bonds has been appended."""
        if own == 0 and not shared and growth >= k:
            return 0
        if growth == 0:
            return UNREACHABLE
        here = min(growth - 1, k - own, 1 if shared else k)
        return self.chain(k - here, 0, shared)

    def chain_table(self) -> Tensor:
        """`chain` by `k`, `own` (each up to one more than there are labels) and `shared`, flat."""
        n = range(self.labels + 2)
        return torch.tensor(
            [self.chain(k, own, shared) for k in n for own in n for shared in _BOTH]
        )

    def least_growth_table(self, most_slack: int, most_growth: int) -> Tensor:
        """Least growth of an appended atom by `k`, `own`, `shared` and slack + 1, flat.

        Slack is the number of tokens left for extra atoms, clipped to `-1..most_slack`. Growth is
        told from 1; `most_growth + 1` where no atom would do.
        """
        n = range(self.labels + 2)
        rows = []
        for k, own, shared in product(n, n, _BOTH):
            costs = [self.fresh(k, min(own, k), shared, g) for g in range(1, most_growth + 1)]
            for slack in range(-1, most_slack + 1):
                enough = (g for g, cost in enumerate(costs, start=1) if cost <= slack)
                rows.append(next(enough, most_growth + 1))
        return torch.tensor(rows)
