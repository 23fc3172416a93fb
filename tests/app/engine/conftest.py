"""A running campaign in a migrated database, and the engine that would run it."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from app.campaigns.changes import run
from app.campaigns.records import to_rows
from app.campaigns.repository import CampaignRepository
from app.campaigns.schemas import CampaignRequest
from app.campaigns.states import Action
from app.database import create_engine, create_session_factory
from app.engine import port

REQUEST = CampaignRequest.model_validate(
    {
        "objectives": [{"name": "qed"}],
        "initial": {"num_samples": 4},
        "optimizer": {"method": "random"},
        "budget": {"max_evaluations": 20},
        "batch_size": 4,
        "model": "toy",
    }
)


def spawn_idle(executor_id):
    """A child that only waits for its parent's end."""
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )


@pytest.fixture
def sql_engine(settings):
    engine = create_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(sql_engine):
    return create_session_factory(sql_engine)


@pytest.fixture
def engine(sql_engine):
    engine = port.Engine(sql_engine)
    yield engine
    engine.close()


@pytest.fixture
def campaign_id(sessions, engine):
    """Of a campaign that was started."""
    with sessions.begin() as session:
        repository = CampaignRepository(session)
        repository.add(*to_rows("c" * 32, REQUEST, "toy-12-3.0"))
        run(repository, repository.get("c" * 32), Action.START, engine)
    return "c" * 32


@pytest.fixture
def workflows(sql_engine):
    """The engine's own table: status by workflow, in the order of creation."""
    table = sa.table("workflow_status", schema=port.schema(sql_engine))
    columns = [sa.column(name) for name in ("workflow_uuid", "status")]
    query = sa.select(*columns).select_from(table).order_by(sa.column("created_at"))

    def read():
        with sql_engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    return read


@pytest.fixture
def stored(sessions, campaign_id):
    """The campaign's row as it is now."""

    def read():
        with sessions() as session:
            return CampaignRepository(session).get(campaign_id)

    return read


@pytest.fixture
def take(sql_engine, stored):
    """Mark the run as taken on by a process, as DBOS does when it hands it out."""
    columns = [sa.column(name) for name in ("workflow_uuid", "status", "executor_id")]
    table = sa.table("workflow_status", *columns, schema=port.schema(sql_engine))

    def mark(executor_id, status="PENDING"):
        here = table.c.workflow_uuid.startswith(stored().run_id)
        values = {"status": status, "executor_id": executor_id}
        with sql_engine.begin() as connection:
            connection.execute(sa.update(table).where(here).values(**values))

    return mark
