"""A backup is made beside a running service, and everything is there again after a restore."""

import contextlib
import sqlite3

import pytest
import sqlalchemy as sa
from alembic import command
from fastapi.testclient import TestClient

from app.backup import backup, restore
from app.database import all_tables, create_engine, open_engine, sqlite_url
from app.errors import BackupError, ConfigurationError
from app.main import create_app
from app.migrating import migration_config
from app.settings import Settings
from tests.app.databases import ON_BOTH
from tests.app.moving import finish, seen, two_campaigns, without_known


@pytest.fixture
def campaigns(client):
    return two_campaigns(client)


@pytest.fixture
def engine(settings):
    engine = create_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "kept.backup"


@pytest.fixture
def serve(tmp_path, source, make_postgresql):
    """Makes a service on a new database of the kind."""
    with contextlib.ExitStack() as stack:

        def make(kind):
            url = make_postgresql() if kind == "postgresql" else ""
            settings = Settings(
                data_dir=tmp_path / f"other-{kind}",
                database_url=url,
                model="toy",
                trusted_hosts="testserver",
                _env_file=None,
            )
            app = create_app(settings, model_source=source, worker_status=lambda sessions: None)
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield make


@pytest.fixture
def there(serve):
    return serve("sqlite")


@ON_BOTH
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everything_is_there_again_and_goes_on(campaigns, client, engine, file, serve, kind):
    kept = backup(engine, file)
    assert kept["campaigns"] == 2
    assert set(kept) == set(all_tables().tables) - {"workers"}
    there = serve(kind)
    assert restore(file, there.app.state.engine, file.parent) == kept
    for path in campaigns:
        assert seen(there, path) == seen(client, path)
    told = [{"smiles": "CCCO", "values": {"qed": 0.5}}]
    assert there.post(f"{campaigns[0]}/results", json=told).status_code == 200
    assert finish(there, campaigns[1])["state"] == "succeeded"


@ON_BOTH
def test_a_backup_is_of_one_moment(campaigns, client, engine, file, there):
    before = [seen(client, path) for path in campaigns]
    writes = [lambda: two_campaigns(client)]

    def write_once(connection, cursor, statement, *_):
        if "FROM campaigns" in statement and writes:
            writes.pop()()

    sa.event.listen(engine, "after_cursor_execute", write_once)
    assert backup(engine, file)["campaigns"] == 2
    assert client.get("/v1/campaigns").json()["total"] == 4
    restore(file, there.app.state.engine, file.parent)
    assert there.get("/v1/campaigns").json()["total"] == 2
    assert [seen(there, path) for path in campaigns] == before


def test_a_backup_is_one_file_for_its_owner_alone(campaigns, engine, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(engine, folder / "kept")
    assert [each.name for each in folder.iterdir()] == ["kept"]
    assert (folder / "kept").stat().st_mode & 0o777 == 0o600


def test_no_file_is_replaced_and_none_is_left_half_made(engine, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    kept = folder / "kept"
    kept.write_text("mine")
    with pytest.raises(ConfigurationError, match="replaces no file"):
        backup(engine, kept)
    assert kept.read_text() == "mine"
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(ConfigurationError, match="not those of this version"):
        backup(engine, folder / "other")
    assert list(folder.iterdir()) == [kept]


def test_an_older_backup_is_brought_up_to_date_in_a_copy(campaigns, client, engine, file, there):
    backup(engine, file)
    older = open_engine(sqlite_url(file))
    with older.begin() as connection:
        command.downgrade(migration_config(connection), "0002")
    older.dispose()
    before = file.read_bytes()
    restore(file, there.app.state.engine, file.parent)
    assert file.read_bytes() == before
    for path in campaigns:
        assert seen(there, path) == without_known(seen(client, path))


def test_nothing_is_restored_onto_something(campaigns, client, engine, file):
    backup(engine, file)
    before = [seen(client, path) for path in campaigns]
    with pytest.raises(ConfigurationError, match="is not empty"):
        restore(file, engine, file.parent)
    assert [seen(client, path) for path in campaigns] == before


def _as_text(file):
    file.write_text("CCO 0.5\n" * 1_000)


def _cut(file):
    file.write_bytes(file.read_bytes()[:-8_192])


def _of_another_program(file):
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE molecules (smiles TEXT)")


def _newer(file):
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _in_use(file):
    file.with_name(f"{file.name}-wal").touch()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_as_text, "no backup, or is damaged: file is not a database"),
        (_cut, "damaged"),
        (_of_another_program, "no backup.*alembic_version"),
        (_newer, "newer version.*9999"),
        (_in_use, "a database in use"),
    ],
)
def test_what_cannot_be_restored_is_named(campaigns, engine, file, there, spoil, why):
    backup(engine, file)
    spoil(file)
    with pytest.raises(BackupError, match=why):
        restore(file, there.app.state.engine, file.parent)
    assert there.get("/v1/campaigns").json()["total"] == 0
