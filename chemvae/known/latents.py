"""Latents on disk, and the nearest of them: every one is looked at."""

import numpy as np
from numpy.typing import NDArray

from chemvae.known.nearest import Best

CHUNK = 65_536
"""Rows compared at a time."""

SPARE = 64
"""Rows beside the `k` that are measured again: products lose the last digits of a distance."""

Latents = NDArray[np.float32]


def half_squares(latents: Latents) -> NDArray[np.float32]:
    """Half of the squared length of each of `n x d`: what `search` needs beside a product."""
    half: NDArray[np.float32] = 0.5 * np.einsum("ij,ij->i", latents, latents)
    return half


def search(
    latents: Latents, halves: NDArray[np.float32], latent: Latents, k: int
) -> NDArray[np.int64]:
    """Rows of the `k` latents nearest to one, nearest first; of equals the earlier row.

    One pass of products over `n x d`, then the distances of a few. Rows that are not numbers, of
    molecules the model does not know, are passed over.

    Args:
        latents: `n x d`.
        halves: Their `half_squares`, `n`.
        latent: `d`.
        k: How many, 1 or more.
    """
    best = Best(k + SPARE)
    for first in range(0, len(latents), CHUNK):
        part = slice(first, first + CHUNK)
        # |x - y|^2 / 2 = |x|^2 / 2 - x.y + a constant.
        best.offer(first, latents[part] @ latent - halves[part])
    rows = np.sort(best.rows)
    order = np.argsort(distances(latents, latent, rows), kind="stable")[:k]
    return rows[order]


def distances(latents: Latents, latent: Latents, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Euclidean distance of some rows to one latent; not a number where there is none."""
    differences = latents[rows].astype(np.float64) - latent.astype(np.float64)
    found: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", differences, differences))
    return found
