"""The rows of the living worker processes."""

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import SessionFactory, now
from app.engine.tables import WorkerRow

REFRESH_SECONDS = 5.0
MISSING_AFTER = timedelta(seconds=6 * REFRESH_SECONDS)
"""Six refreshes: a busy machine may miss one or two."""


def refresh(session: Session, living: Mapping[str, int]) -> None:
    """Make the table say that exactly these children live: pid by executor id."""
    session.execute(sa.delete(WorkerRow).where(WorkerRow.executor_id.not_in(living)))
    for executor_id, pid in living.items():
        row = session.get(WorkerRow, executor_id)
        if row is None:
            session.add(WorkerRow(executor_id=executor_id, pid=pid))
        else:
            row.seen_at = now()


def worker_status(sessions: SessionFactory) -> str | None:
    """None where a worker lives; otherwise what is missing, in words."""
    with sessions() as session:
        session.connection(execution_options={"sqlite_begin": "DEFERRED"})
        seen = session.scalar(sa.select(sa.func.max(WorkerRow.seen_at)))
    if seen is None:
        return "no worker is running: use `molwright serve` or `molwright worker`"
    if now() - seen > MISSING_AFTER:
        return f"no worker has been seen since {seen:%Y-%m-%d %H:%M:%S} UTC"
    return None
