"""What the database knows, for Prometheus: campaigns and bulk jobs run in other processes.

Read at every scrape, so every API process tells the same. All are gauges: what a deleted campaign
added is gone with it.
"""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from app.alarm import is_stalled
from app.bulk.states import JobState
from app.bulk.tables import JobRow
from app.campaigns.states import State
from app.campaigns.tables import CampaignRow, IterationRow
from app.database import SessionFactory, database_now, now
from app.engine.tables import WorkerRow
from app.engine.workers import leased

NAME = "molwright"


class DatabaseCollector(Collector):
    """The campaigns with their iterations, the bulk jobs and the workers, as of one transaction."""

    def __init__(self, sessions: SessionFactory, stall_after: timedelta) -> None:
        self._sessions = sessions
        self._stall_after = stall_after

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read them."""
        with self._sessions() as session:
            session.connection(execution_options={"sqlite_begin": "DEFERRED"})
            yield from self._campaigns(session)
            yield from _iterations(session)
            yield from self._bulk(session)
            yield from _workers(session)

    def _campaigns(self, session: Session) -> Iterator[GaugeMetricFamily]:
        count = sa.func.count()
        found = session.execute(
            sa.select(CampaignRow.state, count, sa.func.sum(CampaignRow.num_evaluations)).group_by(
                CampaignRow.state
            )
        ).all()
        campaigns = GaugeMetricFamily(f"{NAME}_campaigns", "Campaigns, by state.", labels=["state"])
        counted = {state: num for state, num, _ in found}
        for state in State:
            campaigns.add_metric([state.value], counted.get(state, 0))
        yield campaigns
        yield _gauge(
            "evaluations", "Molecules evaluated by campaigns.", sum(num or 0 for *_, num in found)
        )
        stalled = sa.select(count).where(is_stalled(CampaignRow, now(), self._stall_after))
        yield _gauge(
            "campaigns_stalled",
            "Running campaigns that made no progress for longer than MOLWRIGHT_STALL_SECONDS.",
            session.scalar(stalled),
        )

    def _bulk(self, session: Session) -> Iterator[GaugeMetricFamily]:
        found = session.execute(
            sa.select(
                JobRow.state,
                sa.func.count(),
                sa.func.sum(JobRow.num_chunks - JobRow.num_chunks_done),
                sa.func.sum(JobRow.num_rows_done),
                sa.func.sum(JobRow.num_refused),
            ).group_by(JobRow.state)
        ).all()
        jobs = GaugeMetricFamily(f"{NAME}_bulk_jobs", "Bulk jobs, by state.", labels=["state"])
        counted = {state: num for state, num, *_ in found}
        for state in JobState:
            jobs.add_metric([state.value], counted.get(state, 0))
        yield jobs
        waiting = sum(chunks for state, _, chunks, *_ in found if state is JobState.RUNNING)
        yield _gauge("bulk_chunks_waiting", "Chunks of running bulk jobs to be computed.", waiting)
        yield _gauge("bulk_rows", "Rows of bulk jobs that are done.", sum(row[3] for row in found))
        yield _gauge(
            "bulk_rows_refused", "Of these, rows nothing came of.", sum(row[4] for row in found)
        )
        stalled = sa.select(sa.func.count()).where(is_stalled(JobRow, now(), self._stall_after))
        yield _gauge(
            "bulk_jobs_stalled",
            "Running bulk jobs that made no progress for longer than MOLWRIGHT_STALL_SECONDS.",
            session.scalar(stalled),
        )


def _iterations(session: Session) -> Iterator[GaugeMetricFamily]:
    num, seconds, decoded, invalid = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.sum(IterationRow.seconds),
            sa.func.sum(IterationRow.num_decoded),
            sa.func.sum(IterationRow.num_invalid),
        )
    ).one()
    yield _gauge("iterations", "Iterations that campaigns finished.", num)
    yield _gauge("iteration_seconds", "Compute time of these iterations, in seconds.", seconds)
    yield _gauge("campaign_decodes", "Latents decoded by these iterations.", decoded)
    yield _gauge(
        "campaign_decodes_invalid", "Of these, the decodes that were no molecule.", invalid
    )


def _workers(session: Session) -> Iterator[GaugeMetricFamily]:
    alive = WorkerRow.executor_id.in_(leased(session))
    num, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(WorkerRow.seen_at)).where(alive)
    ).one()
    yield _gauge("workers", "Worker processes whose lease holds.", num)
    age = 0.0 if oldest is None else (database_now(session) - oldest).total_seconds()
    yield _gauge("worker_lease_age_seconds", "Time since the oldest of these was refreshed.", age)


def _gauge(name: str, what: str, value: float | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{NAME}_{name}", what, value=value or 0)
