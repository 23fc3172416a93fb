"""The contract of the port, on every database."""

import time

import sqlalchemy as sa

from app.campaigns.changes import run
from app.campaigns.records import to_rows
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import Action, State
from app.campaigns.tables import IterationRow
from app.engine import port
from app.engine.iterations import CampaignIterations
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


def test_a_worker_runs_a_campaign_segment_by_segment(
    stored, sessions, sql_engine, settings, source, workflows, monkeypatch
):
    monkeypatch.setattr(port, "ITERATIONS_PER_SEGMENT", 2)
    run_id = stored().run_id
    models = ModelStore(source, settings.model, settings.device)
    runner = port.launch(sql_engine, "e" * 32, CampaignIterations(sessions, models))
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
    runner = port.launch(sql_engine, "e" * 32, CampaignIterations(sessions, models))
    try:
        assert runner.strays() == set()
        take("e" * 32)
        assert runner.strays() == {stored().run_id}
    finally:
        runner.stop()
