"""The contract of the port, on every database."""

import time
from datetime import timedelta

import sqlalchemy as sa

from app.campaigns.changes import run
from app.campaigns.records import to_rows
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import Action, State
from app.campaigns.tables import IterationRow
from app.database import now
from app.engine import port
from app.engine.iterations import CampaignIterations
from app.engine.runner import launch
from app.models.store import ModelStore
from tests.app.databases import ON_BOTH
from tests.app.engine.conftest import REQUEST

pytestmark = ON_BOTH


def test_a_start_that_is_rolled_back_enqueues_nothing(sessions, engine, workflows):
    with sessions() as session:
        repository = CampaignRepository(session)
        repository.add(*to_rows("c" * 32, REQUEST, "hash"))
        run(repository, repository.get("c" * 32), Action.START, engine)
        session.rollback()
    assert workflows() == []


def test_a_start_is_enqueued_under_the_id_in_the_row(stored, workflows):
    assert workflows() == [(stored().run_id, "ENQUEUED")]


def test_nobody_owns_a_run_before_a_worker_takes_it(stored, engine):
    assert engine.unfinished() == [port.Run(stored().run_id, None)]


def test_a_cancelled_run_is_finished(stored, engine):
    run_id = stored().run_id
    engine.cancel(port.Run(run_id, None))
    assert engine.unfinished() == []


def test_what_has_ended_is_forgotten_with_its_steps(stored, engine, sql_engine, workflows):
    run_id = stored().run_id
    steps = sa.table("operation_outputs", schema=port.schema(sql_engine))
    values = {"workflow_uuid": run_id, "function_id": 1, "function_name": "propose"}
    with sql_engine.begin() as connection:
        columns = [sa.column(name) for name in values]
        table = sa.table("operation_outputs", *columns, schema=port.schema(sql_engine))
        connection.execute(sa.insert(table).values(**values))
    assert engine.purge(now() + timedelta(minutes=1)) == 0, "it has not ended"
    engine.cancel(port.Run(run_id, None))
    assert engine.purge(now() - timedelta(minutes=1)) == 0, "it ended later"
    assert engine.purge(now() + timedelta(minutes=1)) == 1
    assert workflows() == []
    with sql_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(steps)) == 0


def test_a_worker_runs_a_campaign_segment_by_segment(
    stored, sessions, sql_engine, settings, source, workflows, monkeypatch
):
    monkeypatch.setattr("app.engine.runner.ITERATIONS_PER_SEGMENT", 2)
    run_id = stored().run_id
    models = ModelStore(source, settings.model, settings.device)
    runner = launch(sql_engine, "e" * 32, CampaignIterations(sessions, models))
    try:
        deadline = time.monotonic() + 60
        while stored().state is State.RUNNING and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        runner.stop()
    campaign = stored()
    assert (campaign.state, campaign.num_evaluations) == (State.SUCCEEDED, 20), campaign.reason
    with sessions() as session:
        rows = session.scalars(sa.select(IterationRow).order_by(IterationRow.iteration)).all()
    assert [row.iteration for row in rows] == [0, 1, 2, 3, 4]
    assert {row.run_id for row in rows} == {run_id}
    assert [name for name, _ in workflows()] == [run_id, f"{run_id}-1", f"{run_id}-2"]


def test_work_that_is_held_and_not_done_is_a_stray(
    stored, sessions, sql_engine, settings, source, take
):
    """As when the database went away between the handover and its answer."""
    models = ModelStore(source, settings.model, settings.device)
    take("another")
    runner = launch(sql_engine, "e" * 32, CampaignIterations(sessions, models))
    try:
        assert runner.strays() == set()
        take("e" * 32)
        assert runner.strays() == {stored().run_id}
    finally:
        runner.stop()
