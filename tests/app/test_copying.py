"""A campaign moves from SQLite to PostgreSQL and goes on there."""

import re

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app as commands
from app.copying import copy_database
from app.database import all_tables, create_engine, create_session_factory
from app.engine.supervisor import Supervisor
from app.errors import ConfigurationError, CopyError
from app.main import create_app
from tests.app.engine.conftest import spawn_idle
from tests.app.moving import finish, seen, two_campaigns


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
    service = create_app(target_settings, model_source=source, worker_status=lambda _: None)
    with TestClient(service, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def campaign(client):
    return two_campaigns(client)


def test_all_of_it_arrives_and_the_numbers_go_on(campaign, client, source_engine, target, there):
    copied = copy_database(source_engine, target)
    assert copied["campaigns"] == 2
    assert copied["trial_values"] > 0
    assert set(copied) == set(all_tables().tables) - {"workers"}
    for path in campaign:
        assert seen(there, path) == seen(client, path)
    told = [{"smiles": "CCCO", "values": {"qed": 0.5}}]
    assert there.post(f"{campaign[0]}/results", json=told).status_code == 200


def test_the_command_says_what_it_copied(
    campaign, source_engine, target_settings, tmp_path, monkeypatch
):
    file = tmp_path / "url"
    file.write_text(target_settings.database_url)
    monkeypatch.setenv("MOLWRIGHT_DATABASE_URL_FILE", str(file))
    done = CliRunner().invoke(commands, ["copy-database", str(source_engine.url.database)])
    assert done.exit_code == 0, done.output
    assert re.search(r"^campaigns +2$", done.output, re.M)
    assert done.output.endswith("every row was copied and compared\n")
    again = CliRunner().invoke(commands, ["copy-database", str(source_engine.url.database)])
    assert again.exit_code == 2
    assert "is not empty" in again.output


def test_what_was_running_goes_on(campaign, source_engine, target, there):
    copy_database(source_engine, target)
    assert finish(there, campaign[1])["state"] == "succeeded"


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
    with pytest.raises(ConfigurationError, match=r"is not empty: \w+ has \d+ rows"):
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
