"""The leases of the worker processes: who lives, as all hosts see it."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import SessionFactory, database_now, read
from app.engine.tables import WorkerRow

REFRESH_SECONDS = 5.0
LEASE = {"sqlite": timedelta(seconds=15), "postgresql": timedelta(seconds=30)}
"""How long a lease holds that is not refreshed; a server may answer late."""
KEPT = timedelta(hours=1)
"""How long an invalid lease stays in the table, for the readiness check to speak of."""


def refresh(
    session: Session, host: str, living: Mapping[str, int | None], ended: Collection[str]
) -> None:
    """Write the leases of these children, pid by executor id, and drop those of the ended ones."""
    seen_at = database_now(session)
    for executor_id, pid in living.items():
        session.merge(WorkerRow(executor_id=executor_id, host=host, pid=pid, seen_at=seen_at))
    long_gone = WorkerRow.seen_at < seen_at - KEPT
    session.execute(sa.delete(WorkerRow).where(WorkerRow.executor_id.in_(ended) | long_gone))


def drop_all(session: Session) -> None:
    """Declare every worker dead: the caller knows that no other supervisor lives."""
    session.execute(sa.delete(WorkerRow))


def leased(session: Session) -> set[str]:
    """Ids of the processes whose lease is valid.

    One of the future, as is left when the database's clock was set back, counts as expired.
    """
    present = database_now(session)
    lease = LEASE[session.get_bind().dialect.name]
    within = WorkerRow.seen_at.between(present - lease, present + lease)
    return set(session.scalars(sa.select(WorkerRow.executor_id).where(within)))


def lives_on(sessions: SessionFactory, host: str) -> bool:
    """Whether a worker of the host has a valid lease."""
    with read(sessions) as session:
        here = sa.select(WorkerRow.executor_id).where(WorkerRow.host == host)
        return not leased(session).isdisjoint(session.scalars(here))


def worker_status(sessions: SessionFactory) -> str | None:
    """None where a worker lives; otherwise what is missing, in words."""
    with read(sessions) as session:
        if leased(session):
            return None
        seen = session.scalar(sa.select(sa.func.max(WorkerRow.seen_at)))
    if seen is None:
        return "no worker is running: use `molwright serve` or `molwright worker`"
    return f"no worker has been seen since {seen:%Y-%m-%d %H:%M:%S} UTC"
