"""The port to the execution engine, DBOS Transact: what may be asked of it.

This module and ``app.engine.runner``, which answers it in a worker, alone import ``dbos``.

A *run* is one id, from a start (or resume) of a campaign or a bulk job to its next stop. That of a
campaign is one workflow; long ones continue as further workflows, called ``{run_id}-{segment}``.
That of a bulk job is as many as it has ranges of chunks, called ``{run_id}-{range}``, which any
number of processes work on at once. DBOS keeps its tables in the
application's own database: on SQLite in the same file, on PostgreSQL in the schema ``dbos``.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy.engine import Engine as SqlEngine
from sqlalchemy.orm import Session

QUEUE = "campaigns"
WORKFLOW = "campaign"
BULK_QUEUE = "bulk"
BULK_WORKFLOW = "bulk"
APPLICATION = "molwright"
APPLICATION_VERSION = "1"
"""Constant: by default it is a hash of the code, and an upgrade would strand the work of before."""

PURGED_AT_ONCE = 100

CHUNKS_PER_RANGE = 20
"""A worker takes on so many chunks at a time; the queue hands out few things a second."""

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
            system_database_url=database_url(sql_engine),
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
            name=[WORKFLOW, BULK_WORKFLOW],
            load_input=False,
            load_output=False,
            limit=PURGED_AT_ONCE,
        )
        self._client.delete_workflows([item.workflow_id for item in found])
        return len(found)

    def close(self) -> None:
        """Give the connections back."""
        self._client.destroy()


def migrate(sql_engine: SqlEngine) -> None:
    """Create or migrate the engine's own tables."""
    DBOS.migrate(database_url(sql_engine))
    SQLAlchemyDatasource.migrate(database_url(sql_engine))


def schema(sql_engine: SqlEngine) -> str | None:
    """Where the engine keeps its tables; None: beside the application's."""
    return None if sql_engine.dialect.name == "sqlite" else "dbos"


def database_url(sql_engine: SqlEngine) -> str:
    """The URL as the engine wants it: with its password."""
    url: sa.URL = sql_engine.url
    return url.render_as_string(hide_password=False)
