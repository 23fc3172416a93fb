"""Which compounds have come before, by the hashes of their InChIKeys."""

import numpy as np
from numpy.typing import NDArray

RECENT = 65_536
"""Hashes that are kept one by one before they are merged into the sorted array."""


class Seen:
    """Hashes that were added before, 8 bytes each."""

    def __init__(self) -> None:
        self._old: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self._recent: set[int] = set()

    def add(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The places of those that are new, each once, ascending."""
        places = np.searchsorted(self._old, hashes)
        old = np.zeros(len(hashes), dtype=np.bool_)
        inside = places < len(self._old)
        old[inside] = self._old[places[inside]] == hashes[inside]
        new = []
        for place in np.flatnonzero(~old).tolist():
            value = int(hashes[place])
            if value not in self._recent:
                self._recent.add(value)
                new.append(place)
        if len(self._recent) > RECENT:
            recent = np.fromiter(self._recent, dtype=np.uint64, count=len(self._recent))
            self._old = np.sort(np.concatenate([self._old, recent]))
            self._recent.clear()
        return np.array(new, dtype=np.int64)
