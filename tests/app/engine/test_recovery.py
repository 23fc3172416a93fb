"""What becomes of runs whose process is gone; on every database, as each has its own clock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.campaigns.states import State
from app.engine import port, workers
from app.engine.recovery import MAX_RECOVERIES, recover
from app.engine.tables import WorkerRow
from tests.app.databases import ON_BOTH

pytestmark = ON_BOTH


@pytest.fixture
def lease(sessions):
    """Give a process of another host a lease, of some age."""

    def write(executor_id, age=timedelta(0)):
        with sessions.begin() as session:
            workers.refresh(session, "elsewhere", {executor_id: 1}, ())
            row = session.get_one(WorkerRow, executor_id)
            row.seen_at -= age

    return write


def forget(sql_engine):
    table = sa.table("workflow_status", schema=port.schema(sql_engine))
    with sql_engine.begin() as connection:
        connection.execute(sa.delete(table))


@pytest.mark.parametrize("status", ["PENDING", "ERROR"])
def test_a_run_whose_process_died_or_broke_is_superseded(
    sessions, engine, take, workflows, stored, status
):
    before = stored().run_id
    take("dead", status)
    recover(sessions, engine, own=())
    after = stored()
    assert after.run_id != before
    assert (after.state, after.recoveries) == (State.RUNNING, 1)
    ended = status.replace("PENDING", "CANCELLED")
    assert dict(workflows()) == {before: ended, after.run_id: "ENQUEUED"}
    recover(sessions, engine, own=())
    assert stored().run_id == after.run_id


def test_a_run_that_the_engine_does_not_know_is_started_anew(
    sessions, engine, sql_engine, stored, workflows
):
    before = stored().run_id
    forget(sql_engine)
    recover(sessions, engine, own=())
    assert workflows() == [(stored().run_id, "ENQUEUED")]
    assert stored().run_id != before


def test_a_later_segment_counts_as_the_run(sessions, engine, sql_engine, stored):
    before = stored().run_id
    forget(sql_engine)
    with sessions.begin() as session:
        engine.start(session, stored().id, before, segment=3)
    recover(sessions, engine, own=())
    assert stored().run_id == before


def test_the_run_of_an_own_child_is_left_alone(sessions, engine, take, stored):
    before = stored().run_id
    take("mine")
    recover(sessions, engine, own={"mine"})
    assert (stored().run_id, stored().recoveries) == (before, 0)


def test_a_lease_protects_a_run_until_it_expires(sessions, engine, sql_engine, take, lease, stored):
    before = stored().run_id
    take("other")
    held = workers.LEASE[sql_engine.dialect.name]
    lease("other", held - timedelta(seconds=5))
    recover(sessions, engine, own=())
    assert stored().run_id == before
    lease("other", held + timedelta(seconds=5))
    recover(sessions, engine, own=())
    assert stored().run_id != before


def test_a_lease_of_the_future_has_expired(sessions, engine, take, lease, stored):
    """As when the database's clock was set back by an hour."""
    before = stored().run_id
    take("other")
    lease("other", -timedelta(hours=1))
    recover(sessions, engine, own=())
    assert stored().run_id != before


def test_two_hosts_that_come_at_once_count_one_recovery(
    sessions, engine, take, workflows, stored, monkeypatch
):
    take("dead")
    list_unfinished, both_have_listed = engine.unfinished, threading.Barrier(2, timeout=30)

    def unfinished():
        found = list_unfinished()
        both_have_listed.wait()
        return found

    monkeypatch.setattr(engine, "unfinished", unfinished)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(recover, sessions, engine, ()) for _ in range(2)]:
            done.result()
    assert stored().recoveries == 1
    assert len(workflows()) == 2


def test_a_campaign_that_keeps_killing_its_worker_fails(sessions, engine, take, workflows, stored):
    for _ in range(MAX_RECOVERIES + 1):
        assert stored().state is State.RUNNING
        take("dead")
        recover(sessions, engine, own=())
    assert stored().state is State.FAILED
    assert "worker died 6 times" in stored().reason
    assert {status for _, status in workflows()} == {"CANCELLED"}
