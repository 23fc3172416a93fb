import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from app.campaigns.states import State
from app.engine import workers
from app.engine.supervisor import MAX_RECOVERIES, Supervisor
from app.errors import ConfigurationError


def spawn_idle(executor_id):
    """A child that only waits for its parent's end."""
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )


@pytest.fixture
def supervisor(sessions, engine, tmp_path):
    supervisor = Supervisor(sessions, engine, tmp_path, 1, spawn_idle)
    yield supervisor
    for child in supervisor._children.values():
        child.stdin.close()
        child.wait()


@pytest.fixture
def take(sql_engine, stored):
    """Mark the run as taken on by a process, as DBOS does when it hands it out."""

    def mark(executor_id, status="PENDING"):
        run_id = stored().run_id
        with sql_engine.begin() as connection:
            connection.execute(
                sa.text(
                    "UPDATE workflow_status SET status = :status, executor_id = :id"
                    " WHERE workflow_uuid = :run"
                ),
                {"id": executor_id, "status": status, "run": run_id},
            )

    return mark


@pytest.fixture
def statuses(sql_engine):
    """Of the workflows by run."""

    def read():
        with sql_engine.connect() as connection:
            query = sa.text("SELECT workflow_uuid, status FROM workflow_status")
            return dict(connection.execute(query).all())

    return read


@pytest.mark.parametrize("status", ["PENDING", "ERROR"])
def test_a_run_whose_process_died_or_broke_is_superseded(
    supervisor, take, statuses, stored, status
):
    before = stored().run_id
    take("dead", status)
    supervisor.tick()
    after = stored()
    assert after.run_id != before
    assert (after.state, after.recoveries) == (State.RUNNING, 1)
    assert statuses() == {before: status.replace("PENDING", "CANCELLED"), after.run_id: "ENQUEUED"}
    supervisor.tick()
    assert stored().run_id == after.run_id


def test_a_living_child_s_run_is_left_alone(supervisor, take, statuses, stored):
    supervisor.tick()
    (executor_id,) = supervisor._children
    take(executor_id)
    supervisor.tick()
    assert statuses() == {stored().run_id: "PENDING"}
    assert stored().recoveries == 0


def test_a_campaign_that_keeps_killing_its_worker_fails(supervisor, take, statuses, stored):
    for _ in range(MAX_RECOVERIES + 1):
        assert stored().state is State.RUNNING
        take("dead")
        supervisor.tick()
    assert stored().state is State.FAILED
    assert "worker died 6 times" in stored().reason
    assert set(statuses().values()) == {"CANCELLED"}


def test_an_ended_child_is_replaced_and_the_table_follows(supervisor, sessions):
    assert "no worker" in workers.worker_status(sessions)
    supervisor.tick()
    ((before, child),) = supervisor._children.items()
    assert workers.worker_status(sessions) is None
    child.kill()
    child.wait()
    supervisor.tick()
    ((after, _),) = supervisor._children.items()
    assert after != before
    assert _living(sessions) == {after}


def test_children_that_keep_ending_are_replaced_more_and_more_slowly(supervisor):
    for _ in range(3):
        supervisor._delay_next()
    assert supervisor._spawn_at - time.monotonic() == pytest.approx(3, abs=0.5)


def test_a_worker_that_is_not_seen_any_more_is_missing(supervisor, sessions, monkeypatch):
    supervisor.tick()
    monkeypatch.setattr(workers, "MISSING_AFTER", -workers.MISSING_AFTER)
    assert "has been seen since" in workers.worker_status(sessions)


def test_a_data_directory_has_one_supervisor(sessions, engine, tmp_path):
    first = Supervisor(sessions, engine, tmp_path, 1, spawn_idle)
    with first, pytest.raises(ConfigurationError, match="another"):
        Supervisor(sessions, engine, tmp_path, 1, spawn_idle).__enter__()
    assert _living(sessions) == set()
    with Supervisor(sessions, engine, tmp_path, 1, spawn_idle):
        pass


def _living(sessions):
    with sessions() as session:
        return set(session.scalars(sa.select(workers.WorkerRow.executor_id)))
