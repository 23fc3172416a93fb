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
from tests.app.engine.conftest import REQUEST


def workflows(sql_engine):
    query = "SELECT workflow_uuid, status FROM workflow_status ORDER BY created_at"
    with sql_engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_start_that_is_rolled_back_enqueues_nothing(sessions, engine, sql_engine):
    with sessions() as session:
        repository = CampaignRepository(session)
        repository.add(*to_rows("c" * 32, REQUEST, "hash"))
        run(repository, repository.get("c" * 32), Action.START, engine)
        session.rollback()
    assert workflows(sql_engine) == []


def test_a_start_is_enqueued_under_the_id_in_the_row(stored, sql_engine):
    assert workflows(sql_engine) == [(stored().run_id, "ENQUEUED")]


def test_nothing_is_pending_before_a_worker_takes_it(stored, engine):
    stored()
    assert engine.pending() == []


def test_a_worker_runs_a_campaign_segment_by_segment(
    stored, sessions, sql_engine, settings, source, monkeypatch
):
    monkeypatch.setattr(port, "ITERATIONS_PER_SEGMENT", 2)
    run_id = stored().run_id
    models = ModelStore(source, settings.model, settings.device)
    stop = port.launch(sql_engine, "e" * 32, CampaignIterations(sessions, models))
    try:
        deadline = time.monotonic() + 60
        while stored().state is State.RUNNING and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stop()
    campaign = stored()
    assert (campaign.state, campaign.num_evaluations) == (State.SUCCEEDED, 20), campaign.reason
    with sessions() as session:
        rows = session.scalars(sa.select(IterationRow).order_by(IterationRow.iteration)).all()
    assert [row.iteration for row in rows] == [0, 1, 2, 3, 4]
    assert {row.run_id for row in rows} == {run_id}
    assert [name for name, _ in workflows(sql_engine)] == [run_id, f"{run_id}-1", f"{run_id}-2"]
