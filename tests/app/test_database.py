import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Mapped, mapped_column

from app import database, migrating, transactions
from app.database import Json, UtcDateTime, all_tables, create_session_factory, now
from app.engine import port
from app.errors import ConfigurationError
from app.migrating import is_current, upgrade
from app.settings import Settings
from app.transactions import DatabaseSession
from tests.app.databases import ON_BOTH


@pytest.fixture
def engine(unmigrated):
    engine = database.create_engine(unmigrated)
    yield engine
    engine.dispose()


@pytest.fixture
def backend():
    """SQLite, where a test does not ask for others."""
    return "sqlite"


def test_sqlite_runs_as_it_was_measured(engine):
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_transaction_takes_the_write_lock_at_once(engine):
    with engine.begin(), pytest.raises(OperationalError, match="locked"):
        _begin_without_waiting(engine)


@ON_BOTH
def test_a_reader_sees_one_moment_and_waits_for_no_writer(engine, table):
    count = sa.select(sa.func.count()).select_from(table)
    with database.read(create_session_factory(engine)) as reader:
        assert reader.scalar(count) == 0
        with engine.begin() as writer:
            writer.execute(sa.insert(table).values(data=1))
            assert reader.scalar(count) == 0
        assert reader.scalar(count) == 0


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_reader_writes_nothing(engine, table):
    with (
        database.read(create_session_factory(engine)) as reader,
        pytest.raises(sa.exc.InternalError, match="read-only"),
    ):
        reader.execute(sa.insert(table).values(data=1))


@ON_BOTH
def test_transactions_of_one_key_take_turns(engine, table):
    sessions = create_session_factory(engine)
    order = []

    def later():
        with sessions.begin() as session:
            database.take_turns(session, "key")
            session.execute(sa.select(1))
            order.append("second")

    with sessions.begin() as session:
        database.take_turns(session, "key")
        session.execute(sa.select(1))
        waiting = threading.Thread(target=later)
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    waiting.join(30)
    assert order == ["first", "second"]


@ON_BOTH
def test_the_database_s_clock_is_an_instant(engine):
    before = now() - timedelta(seconds=1)  # SQLite tells whole seconds
    with create_session_factory(engine)() as session:
        assert before <= database.database_now(session) <= now() + timedelta(seconds=1)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_name_of_postgresql_means_the_driver_that_is_installed(scheme, tmp_path):
    url = f"{scheme}://user:p%40ss@host/name"
    engine = database.create_engine(Settings(data_dir=tmp_path, database_url=url, _env_file=None))
    assert engine.url.drivername == "postgresql+psycopg"
    assert str(engine.url.password) == unquote("p%40ss")


@pytest.mark.parametrize(
    ("url", "says"), [("mysql://host/name", "'mysql'"), ("host/name", "is no URL")]
)
def test_a_database_that_is_not_supported_is_named(url, says, tmp_path):
    with pytest.raises(ConfigurationError, match=says):
        database.create_engine(Settings(data_dir=tmp_path, database_url=url, _env_file=None))


def _begin_without_waiting(engine):
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            connection.begin()
        finally:
            cursor.execute("PRAGMA busy_timeout=30000")


@ON_BOTH
def test_migrations_and_tables_agree(engine):
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, all_tables()) == []
        assert is_current(connection)


@ON_BOTH
def test_migrations_lead_back_and_forth(engine):
    upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(migrating.migration_config(connection), "base")
        assert set(sa.inspect(connection).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert is_current(connection)


@ON_BOTH
def test_processes_that_start_together_migrate_once(unmigrated):
    def migrate():
        engine = database.create_engine(unmigrated)
        upgrade(engine)
        port.migrate(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(migrate) for _ in range(4)]:
            done.result()


@ON_BOTH
def test_a_new_database_is_not_current(engine):
    with engine.connect() as connection:
        assert not is_current(connection)


@pytest.fixture
def table(engine):
    metadata = sa.MetaData()
    table = sa.Table("t", metadata, sa.Column("at", UtcDateTime), sa.Column("data", Json))
    metadata.create_all(engine)
    return table


@ON_BOTH
def test_an_instant_comes_back_aware_and_in_utc(engine, table):
    noon_in_tokyo = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=9)))
    with engine.begin() as connection:
        connection.execute(sa.insert(table).values(at=noon_in_tokyo))
        assert connection.scalar(sa.select(table.c.at)) == datetime(2026, 1, 1, 3, tzinfo=UTC)


@ON_BOTH
def test_a_naive_time_is_refused(engine, table):
    with engine.begin() as connection, pytest.raises(StatementError, match="no time zone"):
        connection.execute(sa.insert(table).values(at=datetime(2026, 1, 1)))


@ON_BOTH
def test_nan_is_not_json(engine, table):
    # Some drivers' errors are wrapped, others not.
    refused = pytest.raises((StatementError, ValueError), match="not JSON compliant")
    with engine.begin() as connection, refused:
        connection.execute(sa.insert(table).values(data={"value": float("nan")}))


class _Base(sa.orm.DeclarativeBase):
    metadata = sa.MetaData()


class _Parent(_Base):
    __tablename__ = "parent"
    id: Mapped[int] = mapped_column(primary_key=True)


class _Child(_Base):
    __tablename__ = "child"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(
        sa.ForeignKey("parent.id", deferrable=True, initially="DEFERRED")
    )


@pytest.fixture
def commit_client(engine):
    """Routes that write a child without a parent: only the commit can notice."""
    _Base.metadata.create_all(engine)
    app = FastAPI()
    app.state.engine = engine
    app.state.session_factory = database.create_session_factory(engine)
    app.state.holders = asyncio.Semaphore(transactions.MAX_HOLDERS)
    app.state.writers = asyncio.Semaphore(transactions.MAX_WRITERS)

    @app.post("/children")
    def create(session: DatabaseSession) -> str:
        session.add(_Child(id=1, parent_id=7))
        session.flush()
        return "created"

    @app.post("/parents")
    def create_and_fail(session: DatabaseSession, fail: bool) -> str:
        session.add(_Parent(id=1))
        session.flush()
        if fail:
            raise RuntimeError("after the insert")
        return "created"

    @app.get("/parents")
    def count(session: DatabaseSession) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(_Parent)) or 0

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@ON_BOTH
def test_a_commit_that_fails_is_never_answered_with_success(commit_client):
    assert commit_client.post("/children").status_code == 500


@ON_BOTH
def test_a_commit_error_is_the_integrity_error(commit_client):
    with TestClient(commit_client.app) as strict, pytest.raises(IntegrityError):
        strict.post("/children")


@ON_BOTH
def test_a_route_that_raises_leaves_nothing(commit_client):
    assert commit_client.post("/parents?fail=true").status_code == 500
    assert commit_client.get("/parents").json() == 0
    assert commit_client.post("/parents?fail=false").status_code == 200
    assert commit_client.get("/parents").json() == 1


@ON_BOTH
def test_a_get_is_answered_while_another_process_writes(commit_client, engine):
    with engine.begin() as writer:
        writer.execute(sa.insert(_Parent).values(id=1))
        assert commit_client.get("/parents").json() == 0
    assert commit_client.get("/parents").json() == 1
