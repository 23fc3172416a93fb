"""Tables of the bulk jobs: what is wanted, the library in chunks, and what became of its rows."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.bulk.states import JobState
from app.database import Base, now
from data.readers import Format

MAX_TEXT = 200
"""Characters that are kept of a refused row, and of a row's name."""


class JobRow(Base):
    """One bulk job: its request, its state, and the counters that clients poll."""

    __tablename__ = "bulk_jobs"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    owner: Mapped[str | None] = mapped_column(sa.String(100))
    """As a campaign's."""
    state: Mapped[JobState] = mapped_column(
        sa.Enum(
            JobState, native_enum=False, length=16, values_callable=lambda e: [s.value for s in e]
        ),
        default=JobState.DRAFT,
    )
    reason: Mapped[str | None] = mapped_column(sa.Text)
    operation: Mapped[dict[str, Any]]
    library_format: Mapped[Format | None] = mapped_column(sa.String(8))
    """Null until one was sent."""
    model: Mapped[str] = mapped_column(sa.String(200))
    model_hash: Mapped[str] = mapped_column(sa.String(64))
    run_id: Mapped[str | None] = mapped_column(sa.String(32))
    """The upload or the run that may write; an older one finds another id and stops."""
    recoveries: Mapped[int] = mapped_column(default=0)
    """Times a dead worker's chunks were taken over since the last chunk was written."""
    num_rows: Mapped[int] = mapped_column(default=0)
    num_rows_done: Mapped[int] = mapped_column(default=0)
    num_rows_before: Mapped[int] = mapped_column(default=0)
    """Rows that were done when it was last started: what the rate does not count."""
    num_chunks: Mapped[int] = mapped_column(default=0)
    num_chunks_done: Mapped[int] = mapped_column(default=0)
    num_refused: Mapped[int] = mapped_column(default=0)
    num_results: Mapped[int] = mapped_column(default=0)
    seconds_used: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    """When it was last started or resumed."""
    progress_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "owner", "created_at", "id"),
        sa.Index(None, "run_id", unique=True),
    )


class ChunkRow(Base):
    """Consecutive rows of a job, and what was computed of them: the unit that is done or is not."""

    __tablename__ = "bulk_chunks"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("bulk_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    num_rows: Mapped[int]
    num_results: Mapped[int | None]
    """Null until it is done, as the next two."""
    num_refused: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    # Last, and read when asked for only: SQLite walks over a row's bytes to reach what is behind.
    source: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    """The rows (``app.bulk.packing``); null where the job samples from the prior."""
    result: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)


class RefusalRow(Base):
    """A row of the library, or a sample, that nothing came of."""

    __tablename__ = "bulk_refusals"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("bulk_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(MAX_TEXT))
    text: Mapped[str] = mapped_column(sa.String(MAX_TEXT))
    code: Mapped[str] = mapped_column(sa.String(32))
    message: Mapped[str] = mapped_column(sa.Text)
