"""Fingerprints stored bit by bit: a search reads the columns of the bits that its molecule has.

A Morgan fingerprint of a drug-like molecule has some 45 of 2,048 bits on, so a search reads a
fiftieth of what is stored, and counts 64 molecules with each operation.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemvae.known.nearest import Best
from data.fingerprints import NUM_BITS

BLOCK = 16_384
"""Molecules whose columns lie together: what a search holds of them stays in the cache."""

WORDS = BLOCK // 64

Columns = NDArray[np.uint64]
"""`NUM_BITS x WORDS` of one block, or `blocks` of these; bit `i` of a column is molecule `i`."""

Bits = NDArray[np.uint16]
"""The places of the bits that are on, ascending."""


def to_columns(bits: Bits, counts: NDArray[np.uint16]) -> Columns:
    """`NUM_BITS x WORDS`: the columns of a block of at most `BLOCK` molecules.

    Args:
        bits: The bits of all molecules, one molecule after the other.
        counts: How many of them are each molecule's.
    """
    table = np.zeros((NUM_BITS, BLOCK), dtype=np.bool_)
    table[bits, np.repeat(np.arange(len(counts)), counts)] = True
    return np.packbits(table, axis=1, bitorder="little").view("<u8")


def search(
    columns: Columns, counts: NDArray[np.uint16], bits: Bits, k: int, least: float
) -> NDArray[np.int64]:
    """Rows of the `k` molecules of highest Tanimoto similarity, at least `least`, best first.

    Every molecule is compared. Of equally similar ones the earlier row comes first.

    Args:
        columns: `blocks x NUM_BITS x WORDS`.
        counts: Bits of each molecule, `n`.
        bits: Of the molecule asked about.
        k: How many, 1 or more.
        least: 0 to 1.
    """
    best = Best(k, least)
    for block, first in enumerate(range(0, len(counts), BLOCK)):
        own = counts[first : first + BLOCK]
        shared = _sums(list(columns[block, bits]))[: len(own)]
        best.offer(first, (shared / (len(bits) + own - shared)).astype(np.float32))
    return best.rows


def similarities(
    columns: Columns, counts: NDArray[np.uint16], bits: Bits, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The Tanimoto similarity of a molecule to each of some rows."""
    blocks, places = np.divmod(rows, BLOCK)
    words, shifts = np.divmod(places, 64)
    # One row of the result a molecule, one column a bit.
    found = columns[blocks[:, None], bits[None, :].astype(np.int64), words[:, None]]
    shared = ((found >> shifts[:, None].astype(np.uint64)) & np.uint64(1)).sum(axis=1)
    shared = shared.astype(np.float64)
    ratio: NDArray[np.float64] = shared / (len(bits) + counts[rows] - shared)
    return ratio


def _sums(columns: Sequence[Columns]) -> NDArray[np.float32]:
    """How many of the columns have each molecule on: carry-save adders, as in a circuit.

    Source: Harley and Seal; Warren, Hacker's Delight (2013), section 5-1.
    """
    total: NDArray[Any] = np.zeros(
        BLOCK, dtype=np.uint16 if len(columns) > np.iinfo(np.uint8).max else np.uint8
    )
    queue, weight = list(columns), 0
    while queue:
        carries = []
        while len(queue) > 1:
            a, b = queue.pop(), queue.pop()
            c = queue.pop() if queue else np.zeros_like(a)
            odd = a ^ b
            queue.insert(0, odd ^ c)
            carries.append((a & b) | (odd & c))
        plane: NDArray[Any] = np.unpackbits(queue[0].view(np.uint8), bitorder="little").astype(
            total.dtype
        )
        total = total | plane << weight
        queue, weight = carries, weight + 1
    return total.astype(np.float32)
