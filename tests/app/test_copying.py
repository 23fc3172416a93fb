"""A campaign moves from SQLite to PostgreSQL and goes on there."""

import time

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from app.copying import copy_database
from app.database import all_tables, create_engine, create_session_factory
from app.engine import port
from app.engine.iterations import CampaignIterations
from app.engine.supervisor import Supervisor
from app.errors import ConfigurationError, CopyError
from app.main import create_app
from tests.app.engine.conftest import REQUEST, spawn_idle

BODY = REQUEST.model_dump(mode="json", exclude_none=True)


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def source_engine(settings):
    engine = create_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def target_settings(settings, make_postgresql):
    return settings.model_copy(update={"database_url": make_postgresql()})


@pytest.fixture
def target(target_settings):
    engine = create_engine(target_settings)
    yield engine
    engine.dispose()


@pytest.fixture
def there(target_settings, target, source):
    """The service on the database that is copied into."""
    app = create_app(target_settings, model_source=source, worker_status=lambda sessions: None)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def campaign(client):
    """A draft with told, corrected and open trials; another one runs."""
    path = f"/v1/campaigns/{_created(client.post('/v1/campaigns', json=BODY))}"
    molecules = client.post(f"{path}/suggestions", json={"num_molecules": 3}).json()["items"]
    values = {"qed": 0.1 + 0.2}
    results = [
        {"trial_id": molecules[0]["trial_id"], "values": values, "metadata": {"a": [1e20, 5e-324]}},
        {"smiles": "CCO", "values": values, "note": "näive\n‰"},
    ]
    assert client.post(f"{path}/results", json=results).status_code == 200
    number = client.get(f"{path}/trials").json()["total"] - 1
    patch = {"values": {"qed": 1 / 3}}
    assert client.patch(f"{path}/trials/{number}", json=patch).status_code == 200
    running = f"/v1/campaigns/{_created(client.post('/v1/campaigns', json=BODY))}"
    assert client.post(f"{running}/start").status_code == 202
    return path, running


def _created(response):
    assert response.status_code == 201, response.text
    return response.json()["id"]


def _seen(client, path):
    paths = [path, f"{path}/trials", f"{path}/progress", f"{path}/export?format=json"]
    campaign, *others = [client.get(each).json() for each in paths]
    campaign.pop("updated_at")  # of one that runs: it got a new run
    return [campaign, *others]


def test_all_of_it_arrives_and_the_numbers_go_on(campaign, client, source_engine, target, there):
    copied = copy_database(source_engine, target)
    assert copied["campaigns"] == 2
    assert copied["trial_values"] > 0
    assert set(copied) == set(all_tables().tables) - {"workers"}
    for path in campaign:
        assert _seen(there, path) == _seen(client, path)
    told = [{"smiles": "CCCO", "values": {"qed": 0.5}}]
    assert there.post(f"{campaign[0]}/results", json=told).status_code == 200


def test_what_was_running_goes_on(campaign, source_engine, target, there):
    copy_database(source_engine, target)
    sessions = create_session_factory(target)
    runner = port.launch(target, "e" * 32, CampaignIterations(sessions, there.app.state.models))
    try:
        deadline = time.monotonic() + 60
        while there.get(campaign[1]).json()["state"] == "running" and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        runner.stop()
    assert there.get(campaign[1]).json()["state"] == "succeeded"


def test_a_row_that_arrives_otherwise_is_noticed(campaign, source_engine, target, there):
    with target.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN NEW.value = NEW.value + 1e-15; RETURN NEW; END'"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER spoil BEFORE INSERT ON trial_values"
            " FOR EACH ROW WHEN (NEW.number > 3) EXECUTE FUNCTION spoil()"
        )
    with pytest.raises(CopyError, match="of trial_values arrived otherwise"):
        copy_database(source_engine, target)
    assert there.get("/v1/campaigns").json()["total"] == 0


def test_a_row_that_gets_lost_is_noticed(campaign, source_engine, target, there):
    with target.begin() as connection:
        connection.exec_driver_sql("CREATE RULE lose AS ON INSERT TO iterations DO INSTEAD NOTHING")
    with pytest.raises(CopyError, match="of iterations"):
        copy_database(source_engine, target)


def test_what_postgresql_cannot_keep_is_named(campaign, source_engine, target, there):
    with source_engine.begin() as connection:
        connection.execute(sa.update(all_tables().tables["trials"]).values(note="a\0b"))
    with pytest.raises(CopyError, match="a row of trials cannot be copied"):
        copy_database(source_engine, target)
    assert there.get("/v1/campaigns").json()["total"] == 0


def test_nothing_is_copied_onto_something(campaign, source_engine, target, there):
    copy_database(source_engine, target)
    with pytest.raises(ConfigurationError, match="campaigns has 2 rows"):
        copy_database(source_engine, target)


def test_nothing_is_copied_from_under_a_service(campaign, app, source_engine, target, there):
    sessions = create_session_factory(source_engine)
    with (
        Supervisor(sessions, app.state.execution, 1, spawn_idle),
        pytest.raises(ConfigurationError, match="is running on"),
    ):
        copy_database(source_engine, target)


def test_a_copy_goes_from_sqlite_to_postgresql(source_engine, target):
    with pytest.raises(ConfigurationError, match="names no PostgreSQL"):
        copy_database(source_engine, source_engine)
    with pytest.raises(ConfigurationError, match="is no SQLite file"):
        copy_database(target, target)


def test_an_older_file_is_to_be_migrated_first(source_engine, target, there):
    with source_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(ConfigurationError, match="molwright migrate"):
        copy_database(source_engine, target)
