"""A campaign that was running in an older version finishes in this one."""

import pytest
import sqlalchemy as sa
from alembic import command
from fastapi.testclient import TestClient

from app.campaigns.tables import CampaignRow, IterationRow, TrialRow
from app.database import create_engine, create_session_factory
from app.engine import port
from app.engine.iterations import CampaignIterations
from app.engine.recovery import recover
from app.main import create_app
from app.migrating import migration_config, upgrade
from tests.app.databases import ON_BOTH
from tests.app.moving import finish, seen, two_campaigns, without_known

OLDEST = "0002"
"""Before leases, keys, and versions of the scalarization."""


@pytest.fixture
def engine(settings):
    engine = create_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def serve(settings, source):
    """Begins the service on the database, which migrates it."""

    def make():
        app = create_app(settings, model_source=source, worker_status=lambda sessions: None)
        return TestClient(app, raise_server_exceptions=False)

    return make


def _iterate(client, engine, times):
    """Iterations of the campaign that runs, as a worker makes them which then dies."""
    sessions = create_session_factory(engine)
    iterations = CampaignIterations(sessions, client.app.state.models)
    for _ in range(times):
        with sessions() as session:
            query = sa.select(CampaignRow.id, CampaignRow.run_id).where(CampaignRow.run_id != "")
            [(campaign_id, run_id)] = session.execute(query)
        outcome = iterations.propose(campaign_id, run_id)
        with sessions.begin() as session:
            assert iterations.commit(session, campaign_id, run_id, outcome)
    workflows = sa.table(
        "workflow_status", sa.column("status"), sa.column("executor_id"), schema=port.schema(engine)
    )
    with engine.begin() as connection:
        connection.execute(sa.update(workflows).values(status="PENDING", executor_id="dead"))


def _go_back(engine):
    with engine.begin() as connection:
        command.downgrade(migration_config(connection), OLDEST)


@ON_BOTH
def test_what_was_running_in_an_older_version_finishes(engine, serve):
    with serve() as client:
        draft, running = two_campaigns(client)
        _iterate(client, engine, 2)
        before = without_known(seen(client, draft)), client.get(f"{running}/trials").json()["items"]
    _go_back(engine)
    assert "owner" not in {item["name"] for item in sa.inspect(engine).get_columns("campaigns")}
    with serve() as client:
        assert seen(client, draft) == before[0]
        assert client.get(f"{running}/trials").json()["items"] == before[1]
        state = client.app.state
        recover(state.session_factory, state.execution, own=())
        done = finish(client, running)
        assert (done["state"], done["num_evaluations"]) == ("succeeded", 20)
        after = client.get(f"{running}/trials").json()["items"]
        assert after[: len(before[1])] == before[1]
    with create_session_factory(engine)() as session:
        mine = IterationRow.campaign_id == running.rpartition("/")[2]
        query = sa.select(IterationRow.iteration).where(mine).order_by(IterationRow.iteration)
        found = session.scalars(query).all()
    assert found == list(range(len(found)))


@ON_BOTH
def test_no_migration_loses_a_row_in_either_direction(engine, serve):
    tables = [CampaignRow, TrialRow, IterationRow]

    def count():
        with engine.begin() as connection:
            return [
                connection.scalar(sa.select(sa.func.count()).select_from(table.__table__))
                for table in tables
            ]

    with serve() as client:
        two_campaigns(client)
        _iterate(client, engine, 1)
    before = count()
    assert all(before)
    _go_back(engine)
    assert count() == before
    upgrade(engine)
    assert count() == before
