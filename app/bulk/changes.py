"""The only places that change a bulk job's row."""

import uuid
from dataclasses import dataclass

import structlog

from app.bulk.repository import BulkRepository
from app.bulk.rows import Refused
from app.bulk.states import JobAction, JobState, next_state
from app.bulk.tables import JobRow
from app.database import now
from app.engine.port import Engine

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ChunkOutcome:
    """What was computed of one chunk; or why its job fails."""

    seconds: float
    result: bytes = b""
    num_results: int = 0
    refused: tuple[Refused, ...] = ()
    failure: str | None = None


def run(repository: BulkRepository, job: JobRow, action: JobAction, engine: Engine) -> None:
    """Take a step after which workers have something to do, and enqueue it.

    Raises:
        ConflictError: the state does not allow it.
    """
    job.state = next_state(job.state, action)
    job.recoveries = 0
    job.started_at = job.progress_at = now()
    job.num_rows_before = job.num_rows_done
    job.reason = job.finished_at = None
    restart(repository, job, engine)


def restart(repository: BulkRepository, job: JobRow, engine: Engine) -> None:
    """Enqueue what is not done; whoever still computes for an older run writes nothing."""
    undone = repository.undone(job.id)
    if not undone:
        finish(job, JobAction.SUCCEED)
        return
    job.run_id = uuid.uuid4().hex
    repository.session.flush()
    engine.start_bulk(repository.session, job.id, job.run_id, undone)


def finish(job: JobRow, action: JobAction, reason: str | None = None) -> None:
    """Take a step after which no worker has anything to do.

    Raises:
        ConflictError: the state does not allow it.
    """
    job.state = next_state(job.state, action)
    job.reason = reason
    job.run_id = None
    job.finished_at = now()


def write_chunk(
    repository: BulkRepository, job: JobRow, number: int, outcome: ChunkOutcome
) -> None:
    """Write a chunk's results and counters, unless it is done already; the last ends the job."""
    if outcome.failure is not None:
        finish(job, JobAction.FAIL, outcome.failure)
        return
    chunk = repository.chunk(job.id, number)
    if chunk is None or chunk.finished_at is not None:
        return
    chunk.result, chunk.num_results = outcome.result, outcome.num_results
    chunk.num_refused = len(outcome.refused)
    chunk.finished_at = job.progress_at = now()
    repository.add_refusals(job.id, outcome.refused)
    job.num_chunks_done += 1
    job.num_rows_done += chunk.num_rows
    job.num_results += outcome.num_results
    job.num_refused += len(outcome.refused)
    job.seconds_used += outcome.seconds
    job.recoveries = 0
    log.info("chunk", job=job.id, number=number, rows=chunk.num_rows, of=job.num_chunks)
    if job.num_chunks_done == job.num_chunks:
        finish(job, JobAction.SUCCEED)


def is_current(job: JobRow | None, run_id: str) -> bool:
    """Whether that run may write: not where the job was cancelled, resumed, or deleted."""
    return job is not None and job.state is JobState.RUNNING and job.run_id == run_id
