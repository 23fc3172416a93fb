"""Bulk jobs on the queue, on every database: run to the end, taken over, given up."""

import os
import signal
import time

import pytest
import sqlalchemy as sa

from app.bulk.changes import restart, run
from app.bulk.packing import pack_source, unpack
from app.bulk.repository import BulkRepository
from app.bulk.rows import SourceRow
from app.bulk.states import JobAction, JobState
from app.bulk.tables import ChunkRow, JobRow
from app.engine import port
from app.engine.chunks import BulkChunks
from app.engine.iterations import CampaignIterations
from app.engine.recovery import MAX_RECOVERIES, recover
from app.engine.supervisor import Supervisor
from app.known.indexes import KnownIndexes, known_folder
from app.models.store import ModelStore
from tests.app.databases import ON_BOTH
from tests.e2e.service import TOY_MODEL
from tests.e2e.service import settings as environment
from tests.toys import library

pytestmark = ON_BOTH

JOB = "b" * 32
NUM_CHUNKS, NUM_ROWS = 5, 40


@pytest.fixture
def job(sessions, engine):
    """Of a job that was started: five chunks of 40 rows."""
    with sessions.begin() as session:
        repository = BulkRepository(session)
        row = JobRow(
            id=JOB,
            name="job",
            operation={"kind": "score", "properties": ["qed", "sas"]},
            model="toy",
            model_hash="toy-12-3.0",
            library_format="smi",
            num_rows=NUM_CHUNKS * NUM_ROWS,
            num_chunks=NUM_CHUNKS,
        )
        repository.add(row)
        for number in range(NUM_CHUNKS):
            lines = range(number * NUM_ROWS, (number + 1) * NUM_ROWS)
            rows = [SourceRow(line + 1, "", library()[line]) for line in lines]
            repository.add_chunk(JOB, number, NUM_ROWS, pack_source(rows))
        run(repository, row, JobAction.START, engine)


@pytest.fixture
def stored(sessions, job):
    """The job's row as it is now."""

    def read():
        with sessions() as session:
            return BulkRepository(session).get(JOB)

    return read


def wait(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def check_complete(sessions, job):
    """Every row of the library has come out once, and the counters say so."""
    assert job.state is JobState.SUCCEEDED, job.reason
    assert (job.num_chunks_done, job.num_rows_done) == (NUM_CHUNKS, NUM_CHUNKS * NUM_ROWS)
    assert (job.num_results, job.num_refused) == (NUM_CHUNKS * NUM_ROWS, 0)
    with sessions() as session:
        repository = BulkRepository(session)
        results = [unpack(repository.result(JOB, number)) for number in repository.done(JOB)]
    lines = [line for table in results for line in table["line"].to_pylist()]
    assert lines == list(range(1, NUM_CHUNKS * NUM_ROWS + 1))


def test_a_worker_computes_a_job_range_by_range(
    stored, sessions, sql_engine, settings, source, workflows, engine, monkeypatch
):
    monkeypatch.setattr(port, "CHUNKS_PER_RANGE", 2)
    with sessions.begin() as session:
        repository = BulkRepository(session)
        before = repository.get(JOB).run_id
        restart(repository, repository.get(JOB), engine)
    run_id = stored().run_id
    models = ModelStore(source, settings.model, settings.device)
    known = KnownIndexes(known_folder(settings.data_dir), sessions, models)
    iterations, chunks = CampaignIterations(sessions, models), BulkChunks(sessions, models, known)
    runner = port.launch(sql_engine, "e" * 32, iterations, chunks)
    try:
        wait(lambda: stored().state is not JobState.RUNNING)
        wait(lambda: engine.unfinished() == [])
        assert runner.strays() == set()
    finally:
        runner.stop()
    check_complete(sessions, stored())
    names = {name for name, _ in workflows()}
    assert names == {f"{before}-0", *(f"{run_id}-{place}" for place in range(3))}


def test_a_job_that_is_rolled_back_enqueues_nothing(sessions, engine, workflows, job):
    before = workflows()
    with sessions() as session:
        repository = BulkRepository(session)
        engine.start_bulk(repository.session, JOB, "f" * 32, [0, 1])
        session.rollback()
    assert workflows() == before


@pytest.mark.parametrize("status", ["PENDING", "ERROR"])
def test_the_chunks_of_a_dead_worker_are_taken_over(
    stored, sessions, engine, take, workflows, status
):
    before = stored().run_id
    take("dead", status)
    recover(sessions, engine, own=())
    after = stored()
    assert after.run_id != before
    assert (after.state, after.recoveries) == (JobState.RUNNING, 1)
    assert dict(workflows())[f"{after.run_id}-0"] == "ENQUEUED"
    recover(sessions, engine, own=())
    assert stored().run_id == after.run_id


def test_a_job_that_keeps_killing_its_worker_fails(stored, sessions, engine, take):
    for _ in range(MAX_RECOVERIES + 1):
        assert stored().state is JobState.RUNNING
        take("dead")
        recover(sessions, engine, own=())
    assert stored().state is JobState.FAILED
    assert stored().reason == "its worker died 6 times without finishing a chunk"


def test_nothing_is_lost_or_done_twice_when_its_worker_is_killed(
    stored, sessions, engine, sql_engine, tmp_path, monkeypatch
):
    url = sql_engine.url.render_as_string(hide_password=False)
    for name, value in (environment(tmp_path, url, 1) | TOY_MODEL).items():
        monkeypatch.setenv(name, value)
    with Supervisor(sessions, engine, 1) as supervisor:
        wait(lambda: stored().num_chunks_done >= 1)
        (pid,) = supervisor._children.pids().values()
        os.kill(pid, signal.SIGKILL)
        was_done = stored().num_chunks_done
        assert was_done < NUM_CHUNKS, "killed too late: make the library larger"
        with sessions() as session:
            kept = session.execute(
                sa.select(ChunkRow.number, ChunkRow.finished_at).where(
                    ChunkRow.finished_at.is_not(None)
                )
            ).all()
        wait(lambda: stored().state is not JobState.RUNNING)
    check_complete(sessions, stored())
    with sessions() as session:
        for number, finished_at in kept:
            assert session.get_one(ChunkRow, (JOB, number)).finished_at == finished_at
