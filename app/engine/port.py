"""The port to the execution engine, DBOS Transact: the only module that imports ``dbos``.

A *run* is one id, from a start (or resume) of a campaign or a bulk job to its next stop. That of a
campaign is one workflow; long ones continue as further workflows, called ``{run_id}-{segment}``.
That of a bulk job is as many as it has ranges of chunks, called ``{run_id}-{range}``, which any
number of processes work on at once. DBOS keeps its tables in the
application's own database: on SQLite in the same file, on PostgreSQL in the schema ``dbos``.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SQLAlchemyDatasource,
)
from sqlalchemy.engine import Engine as SqlEngine
from sqlalchemy.orm import Session

QUEUE = "campaigns"
POLL_SECONDS = 0.5
WORKFLOW = "campaign"
BULK_QUEUE = "bulk"
BULK_POLL_SECONDS = 0.2
BULK_WORKFLOW = "bulk"
APPLICATION = "molwright"
APPLICATION_VERSION = "1"
"""Constant: by default it is a hash of the code, and an upgrade would strand the work of before."""

ITERATIONS_PER_SEGMENT = 50
"""A workflow that is taken over replays its own steps only, so at most this many iterations."""

PURGED_AT_ONCE = 100

CHUNKS_PER_RANGE = 20
"""A worker takes on so many chunks at a time; the queue hands out few things a second."""

Data = dict[str, Any]

# A client logs each migration and connection at INFO, and knows no setting for it.
logging.getLogger("dbos").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Run:
    """A workflow that has not ended."""

    workflow_id: str
    executor_id: str | None
    """Of the process that took it on; None while it waits for one."""

    @property
    def run_id(self) -> str:
        """The run it belongs to."""
        return self.workflow_id.partition("-")[0]


class Engine:
    """What the API and the supervisor may ask of the engine; runs nothing itself.

    Only ``start`` and ``start_bulk`` may be called inside an open transaction of the application:
    on one SQLite file every other call would wait for that transaction's lock, and it for the call.
    """

    def __init__(self, sql_engine: SqlEngine) -> None:
        self._client = DBOSClient(
            system_database_url=_url(sql_engine),
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
            # The next tick tries again; a call that waits for a database that is away would keep
            # the supervisor from ending.
            retry_connection_errors=False,
        )

    def start(self, session: Session, campaign_id: str, run_id: str, segment: int = 0) -> None:
        """Enqueue a run as part of the session's transaction: both are committed, or neither."""
        self._client.enqueue_in_transaction(
            session,
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": f"{run_id}-{segment}" if segment else run_id,
                "app_version": APPLICATION_VERSION,
            },
            campaign_id,
            run_id,
            segment,
        )

    def start_bulk(self, session: Session, job_id: str, run_id: str, chunks: Sequence[int]) -> None:
        """Enqueue a run over these chunks, as ``start`` does.

        The first ranges of all jobs come before the second ones, so a large job lets small ones by.
        """
        for place, first in enumerate(range(0, len(chunks), CHUNKS_PER_RANGE)):
            self._client.enqueue_in_transaction(
                session,
                {
                    "workflow_name": BULK_WORKFLOW,
                    "queue_name": BULK_QUEUE,
                    "workflow_id": f"{run_id}-{place}",
                    "app_version": APPLICATION_VERSION,
                    "priority": place + 1,
                },
                job_id,
                run_id,
                list(chunks[first : first + CHUNKS_PER_RANGE]),
            )

    def unfinished(self) -> list[Run]:
        """The workflows that wait for a process, or that some process, dead or alive, took on."""
        found = self._client.list_workflows(
            status=["ENQUEUED", "PENDING"],
            name=[WORKFLOW, BULK_WORKFLOW],
            load_input=False,
            load_output=False,
        )
        return [
            Run(item.workflow_id, item.executor_id if item.status == "PENDING" else None)
            for item in found
        ]

    def cancel(self, run: Run) -> None:
        """Give the run up."""
        self._client.cancel_workflow(run.workflow_id)

    def purge(self, ended_before: datetime) -> int:
        """Forget workflows that ended before then, with the results of their steps; how many."""
        found = self._client.list_workflows(
            completed_before=ended_before.isoformat(),
            name=WORKFLOW,
            load_input=False,
            load_output=False,
            limit=PURGED_AT_ONCE,
        )
        self._client.delete_workflows([item.workflow_id for item in found])
        return len(found)

    def close(self) -> None:
        """Give the connections back."""
        self._client.destroy()


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


def migrate(sql_engine: SqlEngine) -> None:
    """Create or migrate the engine's own tables."""
    DBOS.migrate(_url(sql_engine))
    SQLAlchemyDatasource.migrate(_url(sql_engine))


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
        "system_database_url": _url(sql_engine),
        "application_version": APPLICATION_VERSION,
        "executor_id": executor_id,
        "serializer": serializer,
        "run_migrations": False,
        "log_level": "WARNING",
    }
    DBOS(config=config)
    datasource = SQLAlchemyDatasource.create(
        _url(sql_engine), engine=sql_engine, serializer=serializer, run_migrations=False
    )
    client = Engine(sql_engine)
    active: set[str] = set()
    _register_workflow(datasource, client, iterations, active)
    queues = {QUEUE: POLL_SECONDS}
    if chunks is not None:
        _register_bulk(datasource, chunks, active)
        queues[BULK_QUEUE] = BULK_POLL_SECONDS
    DBOS.listen_queues(list(queues))
    DBOS.launch()
    for name, seconds in queues.items():
        DBOS.register_queue(name, worker_concurrency=1, polling_interval_sec=seconds)
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
            outcome = propose(campaign_id, run_id)
            if outcome is None:
                return
            if not commit(campaign_id, run_id, outcome, None if left else segment + 1):
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
                outcome = chunks.compute(job_id, run_id, number)
                if outcome is None or not commit(job_id, run_id, number, outcome):
                    return


@contextmanager
def _active(workflows: set[str]) -> Iterator[None]:
    workflow_id = str(DBOS.workflow_id)
    workflows.add(workflow_id)
    try:
        yield
    finally:
        workflows.discard(workflow_id)


def schema(sql_engine: SqlEngine) -> str | None:
    """Where the engine keeps its tables; None: beside the application's."""
    return None if sql_engine.dialect.name == "sqlite" else "dbos"


def _url(sql_engine: SqlEngine) -> str:
    url: sa.URL = sql_engine.url
    return url.render_as_string(hide_password=False)
