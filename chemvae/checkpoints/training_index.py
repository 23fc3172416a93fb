"""Whether a compound is new to a model: the hashed InChIKeys of its training set."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chemvae.errors import CheckpointError
from data.errors import MoleculeError
from data.molecules import inchi_key, parse

FILE_NAME = "training_keys.npy"


class TrainingIndex:
    """The compounds a model was trained on, 8 bytes each.

    64 bits of SHA-256 confuse two of 250,000 compounds with a chance of about 2e-9, and a new one
    with any of them with about 1e-14.
    """

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self._hashes = hashes

    @classmethod
    def of(cls, inchi_keys: Iterable[str]) -> Self:
        """The index of these compounds."""
        return cls(np.unique(np.array([key_hash(key) for key in inchi_keys], dtype=np.uint64)))

    @classmethod
    def of_smiles(cls, smiles: Iterable[str]) -> Self:
        """The index of these molecules; the few that have no InChIKey are left out."""
        keys = (_inchi_key(line) for line in smiles)
        return cls.of(key for key in keys if key is not None)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The index kept beside a model's weights; None where the model came without one.

        Raises:
            CheckpointError: The file is damaged.
        """
        path = folder / FILE_NAME
        if not path.is_file():
            return None
        try:
            return cls(np.load(path, allow_pickle=False))
        except (ValueError, EOFError) as error:
            raise CheckpointError(f"{path} is incomplete or altered: {error}") from error

    def write(self, folder: Path) -> None:
        """Keep the index beside a model's weights."""
        np.save(folder / FILE_NAME, self._hashes, allow_pickle=False)

    def knows(self, smiles: str) -> bool:
        """Whether the compound is among them; one without an InChIKey never is."""
        key = _inchi_key(smiles)
        return key is not None and key in self

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, inchi_key: str) -> bool:
        place = int(np.searchsorted(self._hashes, key_hash(inchi_key)))
        return place < len(self._hashes) and self._hashes[place] == key_hash(inchi_key)


def key_hash(inchi_key: str) -> np.uint64:
    """The first 64 bits of its SHA-256."""
    return np.uint64(int.from_bytes(hashlib.sha256(inchi_key.encode()).digest()[:8], "little"))


def _inchi_key(smiles: str) -> str | None:
    try:
        return inchi_key(parse(smiles))
    except MoleculeError:
        return None
