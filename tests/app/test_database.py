from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Mapped, mapped_column

from app import database
from app.database import DatabaseSession, Json, UtcDateTime, all_tables, is_current, upgrade
from app.settings import Settings


@pytest.fixture
def engine(tmp_path):
    engine = database.create_engine(Settings(data_dir=tmp_path / "new", _env_file=None))
    yield engine
    engine.dispose()


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


def test_a_reader_does_not_wait_for_a_writer(engine):
    reading = engine.execution_options(sqlite_begin="DEFERRED")
    with engine.begin() as writer:
        writer.exec_driver_sql("CREATE TABLE t (x)")
        with reading.begin() as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


def _begin_without_waiting(engine):
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            connection.begin()
        finally:
            cursor.execute("PRAGMA busy_timeout=30000")


def test_migrations_and_tables_agree(engine):
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, all_tables()) == []
        assert is_current(connection)


def test_migrating_again_changes_nothing(engine):
    upgrade(engine)
    upgrade(engine)


def test_a_new_database_is_not_current(engine):
    with engine.connect() as connection:
        assert not is_current(connection)


@pytest.fixture
def table(engine):
    metadata = sa.MetaData()
    table = sa.Table("t", metadata, sa.Column("at", UtcDateTime), sa.Column("data", Json))
    metadata.create_all(engine)
    return table


def test_an_instant_comes_back_aware_and_in_utc(engine, table):
    noon_in_tokyo = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=9)))
    with engine.begin() as connection:
        connection.execute(sa.insert(table).values(at=noon_in_tokyo))
        assert connection.scalar(sa.select(table.c.at)) == datetime(2026, 1, 1, 3, tzinfo=UTC)


def test_a_naive_time_is_refused(engine, table):
    with engine.begin() as connection, pytest.raises(StatementError, match="no time zone"):
        connection.execute(sa.insert(table).values(at=datetime(2026, 1, 1)))


def test_nan_is_not_json(engine, table):
    with engine.begin() as connection, pytest.raises(StatementError, match="not JSON compliant"):
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


def test_a_commit_that_fails_is_never_answered_with_success(commit_client):
    assert commit_client.post("/children").status_code == 500


def test_a_commit_error_is_the_integrity_error(commit_client):
    with TestClient(commit_client.app) as strict, pytest.raises(IntegrityError):
        strict.post("/children")


def test_a_route_that_raises_leaves_nothing(commit_client):
    assert commit_client.post("/parents?fail=true").status_code == 500
    assert commit_client.get("/parents").json() == 0
    assert commit_client.post("/parents?fail=false").status_code == 200
    assert commit_client.get("/parents").json() == 1


def test_a_get_is_answered_while_another_process_writes(commit_client, engine):
    with engine.begin() as writer:
        writer.execute(sa.insert(_Parent).values(id=1))
        assert commit_client.get("/parents").json() == 0
    assert commit_client.get("/parents").json() == 1
