"""Keeps what was made for whoever asks next; safe in many threads."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

Made = TypeVar("Made")


class Keep(Generic[Made]):
    """What was asked for last, as much of it as fits.

    Args:
        most: Sizes of what is kept, all together.
        size: Of one.
    """

    def __init__(self, most: int, size: Callable[[Made], int]) -> None:
        self._kept: LRUCache[str, Made] = LRUCache(most, getsizeof=size)
        self._size = size
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], Made]) -> Made:
        """What is kept under the key, or what is made now."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None:
            return kept
        made = make()
        if self._size(made) <= self._kept.maxsize:
            with self._lock:
                self._kept[key] = made
        return made
