"""The same count of bulk jobs: every row is done once, and all jobs found the same."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.bulk.packing import unpack


@dataclass(frozen=True, slots=True)
class BulkCensus:
    """Everything that may have gone wrong, each by its number or name."""

    num_rows: int
    lost: int
    duplicates: int
    miscounted: Mapping[str, str]
    """Jobs whose counters are not what their tables hold."""
    unfinished: Mapping[str, str]
    results: int
    """How many different ones the jobs have, which were all the same: one, where there are any."""

    def check(self) -> None:
        """Nothing was lost, nothing is there twice, nothing is stuck."""
        assert not self.unfinished
        assert (self.lost, self.duplicates) == (0, 0)
        assert not self.miscounted
        assert self.results <= 1


def count_bulk(engine: Engine, acknowledged: Collection[str]) -> BulkCensus:
    """Count what the jobs left whose creation was ``acknowledged``."""
    unfinished, miscounted, found = {}, {}, set()
    num_rows = lost = duplicates = 0
    with engine.connect() as connection:
        for job_id in acknowledged:
            job = _row(connection, "SELECT * FROM bulk_jobs WHERE id = :id", job_id)
            lines, digest = _lines(connection, job_id)
            num_rows += len(lines)
            lost += job.num_rows - len(lines)
            duplicates += lines.total() - len(lines)
            found.add(digest)
            counted = _row(
                connection,
                "SELECT sum(num_results), sum(num_refused), count(*) FROM bulk_chunks"
                " WHERE job_id = :id AND finished_at IS NOT NULL",
                job_id,
            )
            if tuple(counted) != (job.num_results, job.num_refused, job.num_chunks):
                miscounted[job_id] = f"{tuple(counted)} in the table, {job} in the row"
            if job.state != "succeeded":
                unfinished[job_id] = f"{job.state}: {job.reason}"
    return BulkCensus(num_rows, lost, duplicates, miscounted, unfinished, len(found))


def _lines(connection: Connection, job_id: str) -> tuple[Counter[int], str]:
    """How often each row of the job has a result or a refusal, and a digest of all results."""
    lines: Counter[int] = Counter()
    digest = hashlib.sha256()
    query = sa.text("SELECT result FROM bulk_chunks WHERE job_id = :id ORDER BY number")
    for (result,) in connection.execute(query, {"id": job_id}):
        if result is not None:
            table = unpack(result)
            lines.update(table.column("line").to_pylist())
            digest.update(repr(table.to_pylist()).encode())
    query = sa.text("SELECT line FROM bulk_refusals WHERE job_id = :id")
    lines.update(line for (line,) in connection.execute(query, {"id": job_id}))
    return lines, digest.hexdigest()


def _row(connection: Connection, query: str, job_id: str) -> sa.Row[tuple[object, ...]]:
    return connection.execute(sa.text(query), {"id": job_id}).one()
