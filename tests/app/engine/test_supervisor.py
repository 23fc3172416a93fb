import os
import signal
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.database import now
from app.engine import workers
from app.engine.children import Children
from app.engine.supervisor import Supervisor
from app.engine.tables import WorkerRow
from app.errors import ConfigurationError
from tests.app.databases import ON_BOTH
from tests.app.engine.conftest import spawn_idle


@pytest.fixture
def supervisor(sessions, engine):
    supervisor = Supervisor(sessions, engine, 1, spawn_idle)
    yield supervisor
    supervisor._children.stop()


@pytest.fixture
def pids(sessions):
    """The leases that are in the table: process by executor."""

    def read():
        with sessions() as session:
            return dict(session.execute(sa.select(WorkerRow.executor_id, WorkerRow.pid)).all())

    return read


@ON_BOTH
def test_an_ended_child_is_replaced_and_the_table_follows(supervisor, sessions, pids):
    assert "no worker" in workers.worker_status(sessions)
    supervisor.tick()
    ((before, pid),) = supervisor._children.pids().items()
    assert pids() == {before: None}, "the lease comes before the child"
    assert workers.worker_status(sessions) is None
    supervisor.tick()
    assert pids() == {before: pid}
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    supervisor.tick()
    ((after, _),) = supervisor._children.pids().items()
    assert after != before
    assert pids().keys() == {after}


def test_a_child_without_a_lease_is_not_started(supervisor, monkeypatch):
    def fail(*_):
        raise OSError("no database")

    monkeypatch.setattr(workers, "refresh", fail)
    with pytest.raises(OSError, match="no database"):
        supervisor.tick()
    assert supervisor._children.pids() == {}


@ON_BOTH
def test_a_child_that_is_stopped_for_longer_than_its_lease_is_killed(
    supervisor, sessions, monkeypatch
):
    supervisor.tick()
    ((_, pid),) = supervisor._children.pids().items()
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    supervisor.tick()
    assert supervisor._children.reap() == set(), "its lease still holds"
    with sessions.begin() as session:
        session.execute(sa.update(WorkerRow).values(seen_at=now() - timedelta(hours=1)))
    supervisor.tick()
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    supervisor.tick()
    assert pid not in supervisor._children.pids().values()


def test_children_that_keep_ending_are_replaced_more_and_more_slowly():
    children = Children(1, spawn_idle)
    for _ in range(3):
        children._delay_next()
    assert children._spawn_at - time.monotonic() == pytest.approx(3, abs=0.5)
    assert children.missing() == []


@ON_BOTH
def test_a_worker_that_is_not_seen_any_more_is_missing(supervisor, sessions):
    supervisor.tick()
    with sessions.begin() as session:
        session.execute(sa.update(WorkerRow).values(seen_at=now() - timedelta(minutes=1)))
    assert "has been seen since" in workers.worker_status(sessions)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_sqlite_file_has_one_supervisor(sessions, engine, pids):
    first = Supervisor(sessions, engine, 1, spawn_idle)
    with first, pytest.raises(ConfigurationError, match="another"):
        Supervisor(sessions, engine, 1, spawn_idle).__enter__()
    assert pids() == {}
    with Supervisor(sessions, engine, 1, spawn_idle):
        pass


@pytest.mark.parametrize("backend", ["postgresql"])
def test_on_postgresql_there_may_be_several(sessions, engine, pids):
    with Supervisor(sessions, engine, 1, spawn_idle), Supervisor(sessions, engine, 1, spawn_idle):
        deadline = time.monotonic() + 30
        while len(pids()) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(pids()) == 2
    assert pids() == {}
