"""Engine, sessions and column types: SQLite by default, the same tables on PostgreSQL."""

import importlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import ConfigurationError
from app.settings import Settings

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The drivers that are installed, by the scheme of a database's URL; hosts hand out both names of
PostgreSQL."""
POOL: dict[str, dict[str, Any]] = {
    # A route's thread never waits for a connection: there are 40 such threads. The 16 used last are
    # kept open, as many as are busy at once under load.
    "postgresql": {
        "pool_size": 16,
        "max_overflow": 24,
        "pool_use_lifo": True,
        "pool_pre_ping": True,
    },
    "sqlite": {"pool_size": 16, "max_overflow": 24, "pool_use_lifo": True},
}
BUSY_TIMEOUT_SECONDS = 30

SessionFactory = sessionmaker[Session]
Json = sa.JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, also where the database has no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a naive time: it names no instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQLite gives naive times back; what it holds is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table; every constraint gets a name, so that a migration can drop it."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012


def does_not_answer(error: BaseException) -> bool:
    """Whether it says that the database is away, busy, full or in trouble of its own: no bug, and
    the same may go through later.
    """
    if isinstance(error, OperationalError | InternalError | PoolTimeoutError):
        return True
    # Whatever the driver calls it, when it finds the connection gone.
    return isinstance(error, DBAPIError) and error.connection_invalidated


def now() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


def all_tables() -> sa.MetaData:
    """Metadata of every table: ``app/*/tables.py`` are imported, as only then they register."""
    for module in sorted(Path(__file__).parent.glob("*/tables.py")):
        importlib.import_module(f"app.{module.parent.name}.tables")
    return Base.metadata


def create_engine(settings: Settings) -> Engine:
    """Engine for the settings' database; the data directory is made where SQLite lives in it.

    Raises:
        ConfigurationError: the URL is none, or of a database that is not supported.
    """
    return open_engine(settings.resolved_database_url)


def sqlite_url(file: Path) -> sa.URL:
    """Of the database in a file, whatever characters its name has."""
    return sa.URL.create("sqlite", database=str(file.absolute()))


def open_engine(address: str | sa.URL) -> Engine:
    """Engine for the database at a URL; the folder of a SQLite file is made.

    Raises:
        ConfigurationError: the URL is none, or of a database that is not supported.
    """
    url = _with_driver(address)
    backend = url.get_backend_name()
    is_sqlite = backend == "sqlite"
    if is_sqlite and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        json_serializer=_dump_json,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS} if is_sqlite else {},
        **(POOL[backend] if url.database else {}),
    )
    if is_sqlite:
        sa.event.listen(engine, "connect", _configure_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _with_driver(address: str | sa.URL) -> sa.URL:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        raise ConfigurationError(
            "MOLWRIGHT_DATABASE_URL is no URL; one looks like postgresql://user:password@host/name"
        ) from None
    driver = DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None:
        raise ConfigurationError(
            f"MOLWRIGHT_DATABASE_URL names {url.drivername!r}; sqlite and postgresql are supported"
        )
    return url.set(drivername=driver)


def _dump_json(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _configure_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions of its own: _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> None:
    # SQLite does not wait for this lock, and processes that start together all meet a new file.
    until = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE waits for the write lock now; a deferred transaction that turns from reading to
    # writing fails at once when another process wrote in between, whatever the busy timeout.
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def supervisor_lock(engine: Engine) -> FileLock | None:
    """The lock, not yet taken, of the one supervisor that a SQLite file may have; a server may have
    any number."""
    if engine.dialect.name != "sqlite":
        return None
    return FileLock(f"{Path(engine.url.database or '').absolute()}.supervisor.lock")


def create_session_factory(engine: Engine) -> SessionFactory:
    """Sessions whose objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def read(sessions: SessionFactory) -> Iterator[Session]:
    """A transaction that only reads: it sees one moment, and waits for no writer."""
    engine: Engine = sessions.kw["bind"]
    if engine.dialect.name == "sqlite":
        engine = engine.execution_options(sqlite_begin="DEFERRED")
    else:
        engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    with sessions(bind=engine) as session, session.begin():
        yield session


def take_turns(session: Session, key: str) -> None:
    """Let transactions of the same key write one after the other; on SQLite all writers do."""
    if session.get_bind().dialect.name == "postgresql":
        number = sa.func.hashtextextended(key, 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def database_now(session: Session) -> datetime:
    """The current instant by the database's clock, the only one that all its processes share."""
    return session.scalars(sa.select(sa.func.now(type_=UtcDateTime))).one()
