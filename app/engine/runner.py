"""Workflows of the execution engine, run in this process: what a worker does all day."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy.engine import Engine as SqlEngine
from sqlalchemy.orm import Session

from app.engine.patience import patiently
from app.engine.port import (
    APPLICATION,
    APPLICATION_VERSION,
    BULK_QUEUE,
    BULK_WORKFLOW,
    QUEUE,
    WORKFLOW,
    Engine,
    database_url,
)

POLL_SECONDS = {QUEUE: 0.5, BULK_QUEUE: 0.2}

ITERATIONS_PER_SEGMENT = 50
"""A workflow that is taken over replays its own steps only, so at most this many iterations."""

Data = dict[str, Any]


class Iterations(Protocol):
    """What a campaign's workflow is made of."""

    def propose(self, campaign_id: str, run_id: str) -> Data | None:
        """Compute the next iteration as plain JSON; None where the run is no longer wanted."""
        ...

    def commit(self, session: Session, campaign_id: str, run_id: str, outcome: Data) -> bool:
        """Write it in the session's transaction; whether the run goes on."""
        ...


class Chunks(Protocol):
    """What a bulk job's workflow is made of."""

    def compute(self, job_id: str, run_id: str, number: int) -> Any | None:  # noqa: ANN401
        """Compute a chunk, to be committed in this process; None where it is no longer wanted."""
        ...

    def commit(
        self,
        session: Session,
        job_id: str,
        run_id: str,
        number: int,
        outcome: Any,  # noqa: ANN401
    ) -> bool:
        """Write it in the session's transaction, if nobody did; whether the run goes on."""
        ...


class Runner:
    """Workflows run in this process, from ``launch`` to ``stop``."""

    def __init__(self, client: Engine, executor_id: str, active: set[str]) -> None:
        self._client = client
        self._executor_id = executor_id
        self._active = active

    def strays(self) -> set[str]:
        """The workflows that this process took on and does not run.

        For a moment that is normal. It stays so where the database went away in the middle of a
        handover: the queue's row says that the workflow is here, and it never began or has ended.
        """
        owned = {
            run.workflow_id
            for run in self._client.unfinished()
            if run.executor_id == self._executor_id
        }
        return owned - self._active

    def stop(self) -> None:
        """Run no more."""
        DBOS.destroy()
        self._client.close()


def launch(
    sql_engine: SqlEngine, executor_id: str, iterations: Iterations, chunks: Chunks | None = None
) -> Runner:
    """Begin to run workflows in this process; bulk jobs too where it is given their ``chunks``.

    ``executor_id`` must be new: two processes of one id strand each other's work.
    """
    serializer = DBOSPortableJSONSerializer()
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": database_url(sql_engine),
        "application_version": APPLICATION_VERSION,
        "executor_id": executor_id,
        "serializer": serializer,
        "run_migrations": False,
        "log_level": "WARNING",
    }
    DBOS(config=config)
    datasource = SQLAlchemyDatasource.create(
        database_url(sql_engine), engine=sql_engine, serializer=serializer, run_migrations=False
    )
    client = Engine(sql_engine)
    active: set[str] = set()
    _register_workflow(datasource, client, iterations, active)
    queues = [QUEUE]
    if chunks is not None:
        _register_bulk(datasource, chunks, active)
        queues.append(BULK_QUEUE)
    DBOS.listen_queues(queues)
    DBOS.launch()
    for name in queues:
        DBOS.register_queue(name, worker_concurrency=1, polling_interval_sec=POLL_SECONDS[name])
    return Runner(client, executor_id, active)


def _register_workflow(
    datasource: SQLAlchemyDatasource, client: Engine, iterations: Iterations, active: set[str]
) -> None:
    @DBOS.step(name="propose")
    def propose(campaign_id: str, run_id: str) -> Data | None:
        return iterations.propose(campaign_id, run_id)

    @datasource.transaction(name="commit")
    def commit(campaign_id: str, run_id: str, outcome: Data, next_segment: int | None) -> bool:
        session = datasource.sql_session()
        goes_on = iterations.commit(session, campaign_id, run_id, outcome)
        if goes_on and next_segment is not None:
            client.start(session, campaign_id, run_id, next_segment)
        return goes_on

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
    def campaign(campaign_id: str, run_id: str, segment: int) -> None:
        with _active(active):
            iterate(campaign_id, run_id, segment)

    def iterate(campaign_id: str, run_id: str, segment: int) -> None:
        for left in reversed(range(ITERATIONS_PER_SEGMENT)):
            next_segment = None if left else segment + 1
            outcome = patiently(partial(propose, campaign_id, run_id))
            if outcome is None:
                return
            # A commit that went through unheard is no trouble: the next finds it in the row.
            if not patiently(partial(commit, campaign_id, run_id, outcome, next_segment)):
                return


def _register_bulk(datasource: SQLAlchemyDatasource, chunks: Chunks, active: set[str]) -> None:
    @datasource.transaction(name="commit_chunk")
    def commit(job_id: str, run_id: str, number: int, outcome: Any) -> bool:  # noqa: ANN401
        return chunks.commit(datasource.sql_session(), job_id, run_id, number, outcome)

    @DBOS.workflow(name=BULK_WORKFLOW, max_recovery_attempts=None)
    def bulk(job_id: str, run_id: str, numbers: list[int]) -> None:
        with _active(active):
            for number in numbers:
                # Not a step: what it gives is large, and lives in the chunk's row alone.
                outcome = patiently(partial(chunks.compute, job_id, run_id, number))
                if outcome is None:
                    return
                if not patiently(partial(commit, job_id, run_id, number, outcome)):
                    return


@contextmanager
def _active(workflows: set[str]) -> Iterator[None]:
    workflow_id = str(DBOS.workflow_id)
    workflows.add(workflow_id)
    try:
        yield
    finally:
        workflows.discard(workflow_id)
