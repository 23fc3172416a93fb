"""Table of the worker processes' leases: who lives."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, now


class WorkerRow(Base):
    """The lease of one child process: written before it starts, refreshed by its supervisor while
    it runs, dropped when it ends. Without a valid one its runs are given to others."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(255))
    pid: Mapped[int | None]
    """Null until it is started."""
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime]
    """By the database's clock, as several hosts have several clocks."""
