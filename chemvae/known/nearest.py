"""The best `k` of many scores that come block by block."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class Best:
    """Rows of the `k` highest scores so far, best first; of equal scores the earlier row.

    Args:
        k: How many.
        least: Scores below it never count, as a score that is not a number.
    """

    def __init__(self, k: int, least: float = -np.inf) -> None:
        self._k = k
        self._bar = np.nextafter(np.float32(least), np.float32(-np.inf))
        self.rows: Rows = np.empty(0, dtype=np.int64)
        self.scores: Scores = np.empty(0, dtype=np.float32)

    def offer(self, first: int, scores: Scores) -> None:
        """Take in the scores of the rows from `first` on, which are later than all before."""
        better = np.flatnonzero(scores > self._bar)
        if not len(better):
            return
        scores = np.concatenate([self.scores, scores[better]])
        rows = np.concatenate([self.rows, first + better])
        # What was there comes first, so that a stable order leaves equals in that of their rows.
        order = np.argsort(-scores, kind="stable")[: self._k]
        self.rows, self.scores = rows[order], scores[order]
        if len(order) == self._k:
            self._bar = self.scores[-1]
