"""The molecules of a library nearest to one, by latent or by fingerprint."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chemvae.errors import ConfigError, ShapeError
from chemvae.latent.library import LatentLibrary, packed_fingerprint

Space = Literal["latent", "fingerprint"]

CHUNK = 65_536
"""Rows compared at a time: bounds the memory of what is computed in between."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A molecule of the library, and how far it is from the one asked about."""

    smiles: str
    name: str
    latent_distance: float
    """Euclidean, between the posterior means."""
    fingerprint_distance: float
    """1 - Tanimoto similarity of the Morgan fingerprints, 0 to 1."""


def neighbours(
    library: LatentLibrary, smiles: str, latent: Tensor, k: int, space: Space = "latent"
) -> list[Neighbour]:
    """The `k` molecules nearest to one in `space`, nearest first; all of a smaller library.

    Every molecule is looked at. Ties go to the one that stands first in the library.

    Args:
        library: Where to look.
        smiles: The molecule asked about.
        latent: Its posterior mean, `d`.
        k: How many, 1 or more.
        space: Which of the two distances ranks.

    Raises:
        ConfigError: `k` is less than 1, or there is no such space.
        ShapeError: The latent has not the library's `d`.
        data.errors.MoleculeError: The SMILES does not parse.
    """
    if k < 1:
        raise ConfigError(f"{k} neighbours; ask for 1 or more")
    if space not in ("latent", "fingerprint"):
        raise ConfigError(f"no space {space!r}; use latent or fingerprint")
    if not len(library):
        return []
    fingerprint = packed_fingerprint(smiles)
    ranking = (
        latent_distances(library.latents, latent)
        if space == "latent"
        else fingerprint_distances(library.fingerprints, fingerprint)
    )
    nearest = torch.sort(ranking, stable=True).indices[:k]
    by_latent = latent_distances(library.latents[nearest], latent)
    by_fingerprint = fingerprint_distances(library.fingerprints[nearest], fingerprint)
    return [
        Neighbour(library.smiles[row], library.names[row], *distances)
        for row, *distances in zip(
            nearest.tolist(), by_latent.tolist(), by_fingerprint.tolist(), strict=True
        )
    ]


def latent_distances(latents: Tensor, latent: Tensor) -> Tensor:
    """Euclidean distance of each of the `n x d` latents to one (`d`): `n`, on their device.

    From the differences, not from products, which would lose the digits of near neighbours.

    Raises:
        ShapeError: The two have not the same `d`.
    """
    if latents.ndim != 2 or latent.shape != latents.shape[1:]:
        raise ShapeError(
            f"a latent of shape {tuple(latent.shape)} in a library of shape {tuple(latents.shape)}"
        )
    one = latent.to(latents.device)
    return torch.cat([(rows - one).norm(dim=-1) for rows in torch.split(latents, CHUNK)])


def fingerprint_distances(fingerprints: Tensor, fingerprint: Tensor) -> Tensor:
    """1 - Tanimoto similarity of each packed fingerprint (`n x bytes`) to one: `n`, float64."""
    # Counting bits is numpy's: torch has no operation for it. Words of 64 bits take fewest steps.
    one = fingerprint.numpy().view(np.uint64)
    parts = []
    for rows in torch.split(fingerprints, CHUNK):
        words = rows.numpy().view(np.uint64)
        shared = _num_bits(words & one)
        parts.append(1.0 - shared / (_num_bits(words) + _num_bits(one) - shared))
    return torch.from_numpy(np.concatenate(parts))


def _num_bits(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return counts
