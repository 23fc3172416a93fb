"""Every query on the bulk jobs' tables."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from app.access.ownership import JOBS
from app.bulk.rows import Refused
from app.bulk.states import JobState
from app.bulk.tables import MAX_TEXT, ChunkRow, JobRow, RefusalRow


class BulkRepository:
    """Jobs, chunks and refusals of one session; commits nothing itself.

    Chunks and refusals are written past the session: the audit log tells of jobs, not of each of
    the thousand pieces that a library comes in.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, job: JobRow) -> None:
        """Store a new job."""
        self.session.add(job)
        self.session.flush()

    def get(self, job_id: str, *, lock: bool = False) -> JobRow:
        """The job; ``lock`` keeps other writers off its row until the commit.

        Raises:
            NotFoundError: there is none with that id.
        """
        row = self.find(job_id, lock=lock)
        if row is None:
            raise JOBS.missing(job_id)
        return row

    def find(self, job_id: str, *, lock: bool = False) -> JobRow | None:
        """The job, as ``get`` gives it; None where there is none."""
        query = sa.select(JobRow).where(JobRow.id == job_id)
        return self.session.scalar(query.with_for_update() if lock else query)

    def newest(
        self,
        after: str | None,
        state: JobState | None,
        limit: int,
        visible: sa.ColumnElement[bool],
        kind: str | None = None,
    ) -> tuple[Sequence[JobRow], int]:
        """At most ``limit`` of the ``visible`` jobs behind the one with id ``after``, newest first,
        and how many there are.
        """
        query = sa.select(JobRow).where(visible)
        if state is not None:
            query = query.where(JobRow.state == state)
        if kind is not None:
            query = query.where(of_kind(kind))
        total = self.session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
        if after is not None:
            last = self.session.scalar(sa.select(JobRow).where(visible, JobRow.id == after))
            if last is None:
                raise JOBS.missing(after)
            place = sa.tuple_(JobRow.created_at, JobRow.id)
            query = query.where(place < sa.tuple_(sa.literal(last.created_at), sa.literal(last.id)))
        ordered = query.order_by(JobRow.created_at.desc(), JobRow.id.desc())
        return self.session.scalars(ordered.limit(limit)).all(), total or 0

    def existing(self, job_ids: Iterable[str]) -> set[str]:
        """Those of the ids that there are jobs of."""
        return set(self.session.scalars(sa.select(JobRow.id).where(JobRow.id.in_(list(job_ids)))))

    def running(self) -> Sequence[str]:
        """The run ids of all jobs that run."""
        query = sa.select(JobRow.run_id).where(JobRow.state == JobState.RUNNING)
        return [run_id for run_id in self.session.scalars(query) if run_id is not None]

    def find_by_run(self, run_id: str) -> JobRow | None:
        """The running job whose current run is ``run_id``."""
        query = sa.select(JobRow).where(JobRow.run_id == run_id, JobRow.state == JobState.RUNNING)
        return self.session.scalar(query.with_for_update())

    def remove(self, job: JobRow) -> None:
        """Delete the job; the database deletes what belongs to it."""
        self.session.execute(sa.delete(JobRow).where(JobRow.id == job.id))

    # -- the library

    def clear_library(self, job_id: str) -> None:
        """Forget what was sent before."""
        for table in (ChunkRow, RefusalRow):
            self._write(sa.delete(table).where(table.job_id == job_id))

    def add_chunk(self, job_id: str, number: int, num_rows: int, source: bytes | None) -> None:
        """Store consecutive rows."""
        values = {"job_id": job_id, "number": number, "num_rows": num_rows, "source": source}
        self._write(sa.insert(ChunkRow).values(values))

    def add_refusals(self, job_id: str, refused: Sequence[Refused]) -> None:
        """Store why rows are refused."""
        rows = [
            {
                "job_id": job_id,
                "line": item.row.line,
                "name": printable(item.row.name),
                "text": printable(item.row.text),
                "code": item.refusal.code,
                "message": item.refusal.message.replace("\0", ""),
            }
            for item in refused
        ]
        if rows:
            self.session.connection().execute(sa.insert(RefusalRow), rows)

    def refusals(self, job_id: str, after: int | None, limit: int) -> Sequence[RefusalRow]:
        """Refused rows in the order of the file, those behind the line ``after``."""
        query = sa.select(RefusalRow).where(RefusalRow.job_id == job_id)
        if after is not None:
            query = query.where(RefusalRow.line > after)
        return self.session.scalars(query.order_by(RefusalRow.line).limit(limit)).all()

    # -- chunks

    def undone(self, job_id: str) -> Sequence[int]:
        """Numbers of the chunks that are still to be computed."""
        query = sa.select(ChunkRow.number).where(
            ChunkRow.job_id == job_id, ChunkRow.finished_at.is_(None)
        )
        return self.session.scalars(query.order_by(ChunkRow.number)).all()

    def done(self, job_id: str) -> Sequence[int]:
        """Numbers of the chunks that have a result."""
        query = sa.select(ChunkRow.number).where(
            ChunkRow.job_id == job_id, ChunkRow.finished_at.is_not(None)
        )
        return self.session.scalars(query.order_by(ChunkRow.number)).all()

    def chunk(self, job_id: str, number: int, *, source: bool = False) -> ChunkRow | None:
        """A chunk, with its rows where they are asked for; None where there is none."""
        options = [undefer(ChunkRow.source)] if source else []
        return self.session.get(ChunkRow, (job_id, number), options=options)

    def result(self, job_id: str, number: int) -> bytes | None:
        """What was computed of a chunk."""
        query = sa.select(ChunkRow.result).where(
            ChunkRow.job_id == job_id, ChunkRow.number == number
        )
        return self.session.scalar(query)

    def _write(self, statement: sa.Executable) -> None:
        self.session.connection().execute(statement)


def of_kind(kind: str) -> sa.ColumnElement[bool]:
    """The jobs whose operation is of that kind."""
    is_kind: sa.ColumnElement[bool] = JobRow.operation["kind"].as_string() == kind
    return is_kind


def printable(text: str) -> str:
    """One line, as much of it as is kept, without what a database cannot hold."""
    return " ".join(text.replace("\0", "").split())[:MAX_TEXT]
