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
        return cls(np.unique(key_hashes(inchi_keys)))

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

    def same_as(self, other: "TrainingIndex") -> bool:
        """Whether both are of the same compounds."""
        return np.array_equal(self._hashes, other._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, inchi_key: str) -> bool:
        return self.count([inchi_key]) == 1

    def count(self, inchi_keys: Iterable[str]) -> int:
        """How many of these compounds are among them."""
        wanted = key_hashes(inchi_keys)
        places = np.searchsorted(self._hashes, wanted)
        inside = places < len(self._hashes)
        return int(np.count_nonzero(self._hashes[places[inside]] == wanted[inside]))


def key_hash(inchi_key: str) -> np.uint64:
    """The first 64 bits of its SHA-256."""
    [found] = key_hashes([inchi_key])
    return np.uint64(found)


def key_hashes(inchi_keys: Iterable[str]) -> NDArray[np.uint64]:
    """The same of each (``b``)."""
    digests = b"".join(hashlib.sha256(key.encode()).digest()[:8] for key in inchi_keys)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64, copy=False)


def _inchi_key(smiles: str) -> str | None:
    try:
        return inchi_key(parse(smiles))
    except MoleculeError:
        return None
