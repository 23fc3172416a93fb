"""Every row from one database to another, compared: from the SQLite file of one machine to the
PostgreSQL of many, and to a backup and back."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from app.bulk import changes as bulk_changes
from app.bulk.repository import BulkRepository
from app.campaigns.changes import restart
from app.campaigns.repository import CampaignRepository
from app.database import all_tables, create_session_factory, supervisor_lock
from app.engine import port
from app.engine.tables import WorkerRow
from app.errors import ConfigurationError, CopyError
from app.migrating import is_current

CHUNK = 500
"""Rows in memory, and in a statement, at a time."""
LEFT_OUT = {WorkerRow.__tablename__}
"""Says who lives at this moment, which is nobody."""


def copy_database(source: Engine, target: Engine) -> dict[str, int]:
    """Copy every row, compare every row, and let what was running go on in the new database.

    All of it is one transaction of the target, which is migrated and empty before. The source is
    not changed; it stays locked meanwhile, so that nothing is written behind the copy.

    Returns:
        The number of rows by table.

    Raises:
        ConfigurationError: a service is running on the source, its tables are not those of this
            version, or the target is not empty.
        CopyError: a row cannot be kept by the target, or came out otherwise; nothing was copied.
    """
    if target.dialect.name != "postgresql":
        raise ConfigurationError(
            "MOLWRIGHT_DATABASE_URL names no PostgreSQL to copy into; one looks like "
            "postgresql://user:password@host/name"
        )
    engine = port.Engine(target)
    try:
        with _alone(source), source.begin() as old, create_session_factory(target).begin() as new:
            if not is_current(old):
                raise ConfigurationError(
                    "the tables of the SQLite file are not those of this version: run `molwright "
                    "migrate` on it first"
                )
            copied = copy_rows(old, new.connection())
            run_again(new, engine)
    finally:
        engine.close()
    return copied


def _alone(source: Engine) -> FileLock:
    lock = supervisor_lock(source)
    if lock is None or not Path(source.url.database or "").exists():
        raise ConfigurationError(f"{source.url.database} is no SQLite file")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise ConfigurationError(
            f"a service is running on {source.url.database}; stop it, so that nothing is written "
            "behind the copy"
        ) from None
    return lock


def _tables() -> Sequence[sa.Table]:
    return [table for table in all_tables().sorted_tables if table.name not in LEFT_OUT]


def copy_rows(old: Connection, new: Connection) -> dict[str, int]:
    """Copy every row within the transactions of the connections, and compare every row.

    Both databases have the tables of this version.

    Returns:
        The number of rows by table.

    Raises:
        ConfigurationError: there are rows in the new database already.
        CopyError: a row cannot be kept there, or came out otherwise.
    """
    for table in _tables():
        if number := _count(table, new):
            raise ConfigurationError(
                f"the database to copy into is not empty: {table.name} has {number} rows"
            )
    return {table.name: _copy_table(table, old, new) for table in _tables()}


def _copy_table(table: sa.Table, old: Connection, new: Connection) -> int:
    for rows in _chunks(table, old):
        try:
            new.execute(sa.insert(table), rows)
        except DataError as error:
            raise CopyError(f"a row of {table.name} cannot be copied: {error.orig}") from error
    for rows in _chunks(table, old):
        _compare(table, rows, new)
    number, copied = _count(table, old), _count(table, new)
    if number != copied:
        raise CopyError(f"{table.name} has {number} rows, of which {copied} arrived")
    _number_on(table, new)
    return copied


def _chunks(table: sa.Table, connection: Connection) -> Iterator[list[dict[str, Any]]]:
    query = sa.select(table).execution_options(yield_per=CHUNK)
    with connection.execute(query) as result:
        for rows in result.mappings().partitions():
            yield [dict(row) for row in rows]


def _compare(table: sa.Table, rows: list[dict[str, Any]], new: Connection) -> None:
    names = [column.name for column in table.primary_key]
    keys = [tuple(row[name] for name in names) for row in rows]
    query = sa.select(table).where(sa.tuple_(*table.primary_key).in_(keys))
    found = {tuple(row[name] for name in names): dict(row) for row in new.execute(query).mappings()}
    for key, row in zip(keys, rows, strict=True):
        if found.get(key) != row:
            raise CopyError(f"the row {key} of {table.name} arrived otherwise than it was")


def _count(table: sa.Table, connection: Connection) -> int:
    return connection.scalars(sa.select(sa.func.count()).select_from(table)).one()


def _number_on(table: sa.Table, new: Connection) -> None:
    """Let the numbers that the database gives out go on behind those that were copied."""
    column = table.autoincrement_column
    if column is None or new.dialect.name != "postgresql":
        return
    last = sa.select(sa.func.max(column)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    new.execute(sa.select(sa.func.setval(sequence, last)).where(last.is_not(None)))


def run_again(session: Session, engine: port.Engine) -> None:
    """The engine's own tables are not copied: what was running gets a new run."""
    repository = CampaignRepository(session)
    for run_id in repository.running():
        campaign = repository.find_by_run(run_id)
        if campaign is not None:
            restart(repository, campaign, engine)
    jobs = BulkRepository(session)
    for run_id in jobs.running():
        job = jobs.find_by_run(run_id)
        if job is not None:
            bulk_changes.restart(jobs, job, engine)
