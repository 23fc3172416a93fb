"""Table of the worker processes: who lives, for the readiness check."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, now


class WorkerRow(Base):
    """One child process; its supervisor refreshes the row and drops it when the child ends."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    pid: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
