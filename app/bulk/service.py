"""What the endpoints do with bulk jobs."""

import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.bulk.changes import finish, run
from app.bulk.operations import build_references
from app.bulk.packing import pack_source
from app.bulk.replies import JobReply
from app.bulk.repository import BulkRepository
from app.bulk.schemas import (
    JobRequest,
    NeighboursOperation,
    Operation,
    SampleOperation,
    needs_library,
    stored_operation,
)
from app.bulk.states import JobAction, JobState, next_state
from app.bulk.tables import JobRow
from app.bulk.upload import Part, chunk_rows, parts
from app.database import SessionFactory
from app.engine.port import Engine
from app.errors import ConflictError, FieldError, InvalidRequestError
from app.idempotency import Once, Reply
from app.known.indexes import KnownIndexes
from app.known.libraries import check_libraries
from app.models.store import ModelStore
from app.molecules.labels import require_told
from chemvae.seeds import MAX_SEED
from data.readers import Format


class BulkService:
    """Creates bulk jobs, takes their libraries in, and ends them."""

    def __init__(
        self,
        sessions: SessionFactory,
        models: ModelStore,
        engine: Engine,
        actor: Actor,
        known: KnownIndexes,
        stall_after: timedelta,
    ) -> None:
        self._sessions = sessions
        self._models = models
        self._engine = engine
        self._actor = actor
        self._known = known
        self._stall_after = stall_after

    def create(self, request: JobRequest, once: Once) -> Reply:
        """Store a new job: a draft that waits for its library, or, where it needs none, at once.

        Raises:
            InvalidRequestError: a reference that the model cannot encode, each with its pointer, or
                a label that its decoder is not told.
            NotFoundError: to the caller there is no such library to search.
            ConflictError: a library is not finished.
        """
        name = request.model or self._models.default
        operation = _with_seed(request.operation)

        def prepare(session: Session) -> Callable[[], None]:
            self._check_libraries(session, operation)
            return lambda: self._check_against_model(name, operation)

        def commit(session: Session, _: None) -> Reply:
            repository = BulkRepository(session)
            job = JobRow(
                id=uuid.uuid4().hex,
                name=request.name,
                owner=self._actor.owner,
                operation=operation.model_dump(mode="json"),
                model=name,
                model_hash=self._models.get(name).fingerprint,
            )
            repository.add(job)
            if isinstance(operation, SampleOperation) and not needs_library(operation):
                _add_samples(repository, job, operation)
                run(repository, job, JobAction.START, self._engine)
            return Reply(
                201, JobReply.of(job, self._stall_after).model_dump_json(), f"/v1/bulk/{job.id}"
            )

        return once.run(self._sessions, prepare, commit)

    def upload(
        self, job_id: str, file: BinaryIO, file_format: Format, smiles_column: str | None
    ) -> JobReply:
        """Take the library in and start the job. One that fails leaves a draft, to be sent again.

        Raises:
            ConflictError: the job has its library, needs none, or gets another one meanwhile.
            NotFoundError: to the caller there is no longer such a library to search.
            InvalidRequestError: the file cannot be read.
            TooLargeError: it has too many rows.
        """
        upload_id, size = self._begin(job_id)
        num_rows = num_refused = num_chunks = 0
        for part in parts(file, file_format, smiles_column, size):
            with self._sessions.begin() as session:
                repository = BulkRepository(session)
                _expect(repository, job_id, upload_id)
                _add_part(repository, job_id, num_chunks, part)
            num_chunks += bool(part.rows)
            num_refused += len(part.refused)
            num_rows += len(part.rows) + len(part.refused)
        with self._sessions.begin() as session:
            repository = BulkRepository(session)
            job = _expect(repository, job_id, upload_id)
            job.library_format = file_format
            job.num_rows, job.num_chunks = num_rows, num_chunks
            job.num_rows_done = job.num_refused = num_refused
            run(repository, job, JobAction.START, self._engine)
            return JobReply.of(job, self._stall_after)

    def act(self, session: Session, job_id: str, action: JobAction) -> JobReply:
        """Cancel or resume.

        Raises:
            ConflictError: the job's state does not allow it.
            NotFoundError: to the caller there is no longer such a library to search.
        """
        repository = BulkRepository(session)
        job = repository.get(job_id, lock=True)
        if action is JobAction.CANCEL:
            finish(job, action)
        elif job.num_chunks:
            self._check_libraries(session, stored_operation(job.operation))
            run(repository, job, action, self._engine)
        else:
            next_state(job.state, action)
            raise ConflictError("the job has no library to go on with", code="wrong_state")
        return JobReply.of(job, self._stall_after)

    def delete(self, session: Session, job_id: str) -> None:
        """Forget the job, its library and its results.

        Raises:
            ConflictError: it is running.
        """
        repository = BulkRepository(session)
        job = repository.get(job_id, lock=True)
        if job.state is JobState.RUNNING:
            raise ConflictError(
                "a bulk job that is running cannot be deleted; cancel it first", code="wrong_state"
            )
        repository.remove(job)
        self._known.forget(job_id)

    def _begin(self, job_id: str) -> tuple[str, int]:
        """The id of this upload, which no earlier one outlives, and the rows of its chunks."""
        with self._sessions.begin() as session:
            repository = BulkRepository(session)
            job = repository.get(job_id, lock=True)
            next_state(job.state, JobAction.START)
            operation = stored_operation(job.operation)
            self._check_libraries(session, operation)
            repository.clear_library(job_id)
            job.run_id = uuid.uuid4().hex
            return job.run_id, chunk_rows(operation)

    def _check_libraries(self, session: Session, operation: Operation) -> None:
        # Whenever it is set going: a share may have been taken back, and whom the job is shared
        # with may not search all that its owner may.
        if isinstance(operation, NeighboursOperation):
            check_libraries(session, self._actor, operation.libraries)

    def _check_against_model(self, model: str, operation: Operation) -> None:
        if isinstance(operation, SampleOperation):
            require_told(self._models.get(model), operation.labels, "/operation/labels")
        if not isinstance(operation, NeighboursOperation) or not operation.references:
            return
        _, refused = build_references(self._models.get(model), operation.references)
        if refused:
            raise InvalidRequestError(
                "; ".join(item.refusal.message for item in refused[:3]),
                errors=[
                    FieldError(f"/operation/references/{item.row.line}", item.refusal.message)
                    for item in refused
                ],
            )


def _with_seed(operation: Operation) -> Operation:
    if isinstance(operation, SampleOperation) and operation.seed is None:
        return operation.model_copy(update={"seed": secrets.randbelow(MAX_SEED + 1)})
    return operation


def _add_samples(repository: BulkRepository, job: JobRow, operation: SampleOperation) -> None:
    size = chunk_rows(operation)
    starts = range(0, operation.num_molecules, size)
    for number, start in enumerate(starts):
        rows = min(size, operation.num_molecules - start)
        repository.add_chunk(job.id, number, rows, source=None)
    job.num_rows, job.num_chunks = operation.num_molecules, len(starts)


def _add_part(repository: BulkRepository, job_id: str, number: int, part: Part) -> None:
    if part.rows:
        repository.add_chunk(job_id, number, len(part.rows), pack_source(part.rows))
    repository.add_refusals(job_id, part.refused)


def _expect(repository: BulkRepository, job_id: str, upload_id: str) -> JobRow:
    job = repository.get(job_id, lock=True)
    if job.state is not JobState.DRAFT or job.run_id != upload_id:
        raise ConflictError("the job was cancelled, or another library is being sent to it")
    return job
