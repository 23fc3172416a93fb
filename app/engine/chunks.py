"""The two halves of a bulk job's chunk: computed without a transaction, written in one."""

import time

import structlog
from sqlalchemy.orm import Session

from app.bulk.changes import ChunkOutcome, is_current, write_chunk
from app.bulk.chunk import Chunk
from app.bulk.operations import build_references, compute, result_schema
from app.bulk.packing import pack, unpack_source
from app.bulk.repository import BulkRepository
from app.bulk.samples import sample_prior
from app.bulk.schemas import NeighboursOperation, Operation, SampleOperation, stored_operation
from app.bulk.tables import ChunkRow, JobRow
from app.bulk.upload import chunk_rows
from app.database import SessionFactory, read
from app.errors import ConflictError
from app.known.indexes import KnownIndexes
from app.models.store import ModelStore
from app.outages import passes
from chemvae.latent.library import LatentLibrary

log = structlog.get_logger(__name__)


class BulkChunks:
    """Computes chunks on the models and the database of this process."""

    def __init__(self, sessions: SessionFactory, models: ModelStore, known: KnownIndexes) -> None:
        self._sessions = sessions
        self._models = models
        self._known = known
        self._references: tuple[str, LatentLibrary] | None = None

    def compute(self, job_id: str, run_id: str, number: int) -> ChunkOutcome | None:
        """What comes of a chunk; None where it is no longer wanted.

        An error is an outcome too: the job fails with it as its reason, and keeps what is done.

        Raises:
            DBAPIError, TimeoutError, OSError: The database does not answer, or a disk is full; the
                worker tries again.
        """
        with read(self._sessions) as session:
            repository = BulkRepository(session)
            job = repository.find(job_id)
            chunk = repository.chunk(job_id, number, source=True)
            if job is None or chunk is None or not is_current(job, run_id):
                return None
        started = time.monotonic()
        try:
            return self._compute(job, chunk, started)
        except Exception as error:
            if passes(error):
                raise
            log.error("bulk job failed", job=job_id, chunk=number, exc_info=error)
            reason = f"{type(error).__name__}: {error}"
            return ChunkOutcome(time.monotonic() - started, failure=reason)

    def commit(
        self, session: Session, job_id: str, run_id: str, number: int, outcome: ChunkOutcome
    ) -> bool:
        """Write the chunk; whether the run goes on. Nothing is written for one that is over."""
        repository = BulkRepository(session)
        job = repository.find(job_id, lock=True)
        if job is None or not is_current(job, run_id):
            return False
        write_chunk(repository, job, number, outcome)
        return is_current(job, run_id)

    def _compute(self, job: JobRow, row: ChunkRow, started: float) -> ChunkOutcome:
        operation, model = stored_operation(job.operation), self._models.get(job.model)
        if model.fingerprint != job.model_hash:
            raise ConflictError(
                f"the job was created with other weights of {job.model!r} ({job.model_hash})"
            )
        chunk = Chunk(model, row.number, self._library(job, operation))
        if isinstance(operation, NeighboursOperation):
            chunk.libraries = self._known.named(operation.libraries, job.model)
        if row.source is not None:
            rows = unpack_source(row.source)
            found = compute(operation, chunk, rows, job.library_format or "smi")
        elif isinstance(operation, SampleOperation):
            first = row.number * chunk_rows(operation) + 1
            found = sample_prior(operation, chunk, first, row.num_rows)
        else:
            raise ValueError(f"chunk {row.number} has no rows")
        results = list(found)
        return ChunkOutcome(
            result=pack(results, result_schema(operation)),
            num_results=len(results),
            refused=tuple(chunk.refused),
            seconds=time.monotonic() - started,
        )

    def _library(self, job: JobRow, operation: Operation) -> LatentLibrary | None:
        """Encoded once a job, not once a chunk."""
        if not isinstance(operation, NeighboursOperation) or not operation.references:
            return None
        if self._references is None or self._references[0] != job.id:
            library, _ = build_references(self._models.get(job.model), operation.references)
            self._references = (job.id, library)
        return self._references[1]
