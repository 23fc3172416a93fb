"""The indexes of known molecules that a process has open."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock

from app import deadline
from app.bulk.repository import BulkRepository
from app.bulk.tables import JobRow
from app.database import SessionFactory, read
from app.errors import ConflictError
from app.known.library_rows import known_rows
from app.known.names import TRAINING
from app.models.store import ModelStore
from chemvae.known.index import KnownIndex
from chemvae.known.rows import KnownRows
from chemvae.known.writer import build_index


class KnownIndexes:
    """Indexes, each mapped into memory when it is first asked for; threads may share them.

    That of a library is made of its job's results, once a host: the database holds what it is made
    of, and other hosts make their own.

    Args:
        folder: Where this host keeps them.
        sessions: Of the database with the libraries.
        models: The models served.
    """

    def __init__(self, folder: Path, sessions: SessionFactory, models: ModelStore) -> None:
        self._folder = folder
        self._sessions = sessions
        self._models = models
        self._open: dict[Path, KnownIndex] = {}

    def named(self, names: Iterable[str], model: str) -> dict[str, KnownIndex]:
        """The indexes of these libraries, each once; whoever asks may search them.

        Raises:
            ConflictError: the training set of the model is not indexed on this host.
            NotFoundError: a library is gone.
            chemvae.errors.CheckpointError: the files of one are damaged.
        """
        found: dict[str, KnownIndex] = {}
        for name in names:
            index = self.training(model) if name == TRAINING else self.library(name)
            if index is None:
                raise ConflictError(
                    f"the training set of {model!r} is not indexed on this host; whoever runs the "
                    "service does so by `molwright index`",
                    code="no_index",
                )
            found[name] = index
        return found

    def training(self, model: str) -> KnownIndex | None:
        """The training set of the model of that name; None where `molwright index` never ran."""
        folder = training_folder(self._folder, self._models.get(model).fingerprint)
        return self._opened(folder) if folder in self._open or folder.is_dir() else None

    def library(self, job_id: str) -> KnownIndex:
        """The library that a bulk job of the kind ``library`` made.

        Raises:
            NotFoundError: it is gone.
        """
        folder = self._libraries / job_id
        if folder not in self._open:
            self._libraries.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                if not folder.is_dir():
                    self._build(folder, job_id)
        return self._opened(folder)

    def forget(self, job_id: str) -> None:
        """Remove what this host has of a library that is deleted."""
        folder = self._libraries / job_id
        self._open.pop(folder, None)
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".lock").unlink(missing_ok=True)

    @property
    def _libraries(self) -> Path:
        return self._folder / "libraries"

    def _opened(self, folder: Path) -> KnownIndex:
        if folder not in self._open:
            self._open[folder] = KnownIndex(folder)
        return self._open[folder]

    def _build(self, folder: Path, job_id: str) -> None:
        with read(self._sessions) as session:
            repository = BulkRepository(session)
            job, numbers = repository.get(job_id), list(repository.done(job_id))
            strays = {path.name for path in self._libraries.iterdir() if path.is_dir()}
            strays -= repository.existing(strays)
        # Of libraries that were deleted on another host.
        for stray in strays:
            self.forget(stray)
        latent_dim = self._models.get(job.model).latent_dim
        rows = self._rows(job, numbers, latent_dim)
        build_index(folder, job.model_hash, latent_dim, rows)

    def _rows(self, job: JobRow, numbers: Iterable[int], latent_dim: int) -> Iterator[KnownRows]:
        for number in numbers:
            deadline.check()
            with read(self._sessions) as session:
                packed = BulkRepository(session).result(job.id, number)
            if packed is not None:
                yield known_rows(packed, latent_dim)


def known_folder(data_dir: Path) -> Path:
    """Where a host keeps its indexes; no backup has them, as they can be built again."""
    return data_dir / "known"


def training_folder(folder: Path, fingerprint: str) -> Path:
    """Of the training set of the model with that fingerprint."""
    return folder / TRAINING / fingerprint
