"""The indexes of known molecules that a process has open."""

import threading
from pathlib import Path

from app.models.store import ModelStore
from chemvae.known.index import KnownIndex

TRAINING = "training"
"""What the training set of a model is called among the libraries."""


class KnownIndexes:
    """Indexes, each mapped into memory when it is first asked for; threads may share them."""

    def __init__(self, folder: Path, models: ModelStore) -> None:
        self._folder = folder
        self._models = models
        self._open: dict[Path, KnownIndex] = {}
        self._lock = threading.Lock()

    def training(self, model: str) -> KnownIndex | None:
        """The training set of the model of that name; None where `molwright index` never ran.

        Raises:
            NotFoundError: no model has that name.
            chemvae.errors.CheckpointError: its files are damaged.
        """
        fingerprint = self._models.get(model).fingerprint
        folder = training_folder(self._folder, fingerprint)
        with self._lock:
            if folder not in self._open and not folder.is_dir():
                return None
            if folder not in self._open:
                self._open[folder] = KnownIndex.open(folder, fingerprint)
            return self._open[folder]


def known_folder(data_dir: Path) -> Path:
    """Where a host keeps its indexes; no backup has them, as they can be built again."""
    return data_dir / "known"


def training_folder(folder: Path, fingerprint: str) -> Path:
    """Of the training set of the model with that fingerprint."""
    return folder / TRAINING / fingerprint
