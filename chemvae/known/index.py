"""An index of known molecules: which is the same, and which are the nearest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chemvae.checkpoints.training_index import key_hash
from chemvae.errors import CheckpointError, ShapeError
from chemvae.known import bits as fingerprints
from chemvae.known import latents as latent_space
from chemvae.known.bits import BLOCK, WORDS, Bits
from chemvae.known.files import map_array, read_header
from chemvae.known.latents import Latents
from data.fingerprints import NUM_BITS


@dataclass(frozen=True, slots=True)
class Known:
    """A molecule of an index, and how far it is from the one asked about."""

    smiles: str
    inchi_key: str
    name: str
    latent_distance: float | None
    """Euclidean, between the posterior means; None where one of the two has none."""
    fingerprint_distance: float
    """1 - Tanimoto similarity of the Morgan fingerprints, 0 to 1."""


class KnownIndex:
    """`n` molecules, each compound once, mapped from files that `build_index` wrote.

    Threads may share it, and processes the memory.

    Raises:
        CheckpointError: There is no index in the folder, or one that is incomplete.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        header = read_header(folder)
        try:
            self.model: str = header["model"]
            self.latent_dim: int = header["latent_dim"]
            self._number: int = header["num_molecules"]
        except KeyError as error:
            raise CheckpointError(f"{folder} has no {error}: build the index again") from error
        n = self._number
        self._columns = map_array(folder, "columns", (-(-n // BLOCK), NUM_BITS, WORDS))
        self._counts = map_array(folder, "counts", (n,))
        self._latents = map_array(folder, "latents", (n, self.latent_dim))
        self._halves = map_array(folder, "halves", (n,))
        self._hashes = map_array(folder, "hashes", (n,))
        self._places = map_array(folder, "places", (n,))
        self._ends = map_array(folder, "ends", (n,))
        self._texts = map_array(folder, "texts", (int(self._ends[-1]) if n else 0,))

    @classmethod
    def open(cls, folder: Path, model: str) -> Self:
        """The index in a folder.

        Raises:
            CheckpointError: There is none, or it is of another model, so that distances would mean
                nothing.
        """
        index = cls(folder)
        if index.model != model:
            raise CheckpointError(
                f"{folder} is of the model {index.model[:12]}, not of {model[:12]}: build it again"
            )
        return index

    def __len__(self) -> int:
        return self._number

    def find(self, inchi_key: str) -> str | None:
        """The SMILES of the compound as it stands here; None where it does not."""
        place = int(np.searchsorted(self._hashes, key_hash(inchi_key)))
        if place == len(self) or self._hashes[place] != key_hash(inchi_key):
            return None
        smiles, key, _ = self._text(int(self._places[place]))
        return smiles if key == inchi_key else None

    def sample(self, number: int, seed: int) -> NDArray[np.int64]:
        """Rows of at most so many molecules that have a latent, chosen and ordered by the seed."""
        known = np.flatnonzero(np.isfinite(self._halves))
        return np.random.default_rng(seed).permutation(known)[:number]

    def latents_of(self, rows: NDArray[np.int64]) -> Latents:
        """`k x d`: the posterior means of the molecules at these rows."""
        means: Latents = self._latents[rows]
        return means

    def smiles_of(self, row: int) -> str:
        """The molecule at a row."""
        return self._text(row)[0]

    def nearest(
        self, bits: Bits, latent: Latents | None, k: int, least: float = 0.0
    ) -> list[Known]:
        """The `k` molecules most similar by fingerprint, at least `least`, most similar first.

        Args:
            bits: Of the molecule asked about.
            latent: Its posterior mean, `d`, where it has one.
            k: How many, 1 or more.
            least: Tanimoto similarity, 0 to 1.

        Raises:
            ShapeError: The latent has not the index's `d`.
        """
        return self._known(
            fingerprints.search(self._columns, self._counts, bits, k, least), bits, latent
        )

    def nearest_in_latent_space(self, bits: Bits, latent: Latents, k: int) -> list[Known]:
        """The `k` molecules of nearest latents, nearest first, of those that have one.

        Args:
            bits: Of the molecule asked about.
            latent: Its posterior mean, `d`.
            k: How many, 1 or more.

        Raises:
            ShapeError: The latent has not the index's `d`.
        """
        self._check(latent)
        return self._known(
            latent_space.search(self._latents, self._halves, latent, k), bits, latent
        )

    def _known(self, rows: NDArray[np.int64], bits: Bits, latent: Latents | None) -> list[Known]:
        tanimoto = fingerprints.similarities(self._columns, self._counts, bits, rows)
        distances = np.full(len(rows), np.nan)
        if latent is not None:
            self._check(latent)
            distances = latent_space.distances(self._latents, latent, rows)
        return [
            Known(*self._text(row), None if np.isnan(distance) else distance, 1.0 - similarity)
            for row, distance, similarity in zip(
                rows.tolist(), distances.tolist(), tanimoto.tolist(), strict=True
            )
        ]

    def _text(self, row: int) -> tuple[str, str, str]:
        """SMILES, InChIKey and name."""
        start = int(self._ends[row - 1]) if row else 0
        text = self._texts[start : int(self._ends[row])].tobytes().decode()
        smiles, key, name = text.split("\t", 2)
        return smiles, key, name

    def _check(self, latent: Latents) -> None:
        if latent.shape != (self.latent_dim,):
            raise ShapeError(
                f"a latent of shape {latent.shape} in an index of {self.latent_dim} dimensions"
            )
