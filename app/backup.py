"""A backup is a SQLite file of our tables, whichever database they come from and go to."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.util import CommandError
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError

from app.copying import copy_rows, run_again
from app.database import create_session_factory, open_engine, read, sqlite_url
from app.engine import port
from app.errors import BackupError, ConfigurationError
from app.migrating import is_current, upgrade

OWNER_ONLY = 0o600
"""It holds what a company is looking for, and hashes of keys."""


def backup(source: Engine, file: Path) -> dict[str, int]:
    """Write every row into a new file as of one moment; the service may run meanwhile.

    The file appears under its name once it is whole and every row was compared.

    Returns:
        The number of rows by table.

    Raises:
        ConfigurationError: there is such a file, or the tables are not those of this version.
        CopyError: a row came out otherwise.
        OSError: there is no such folder, or it cannot be written to.
    """
    if file.exists():
        raise ConfigurationError(f"{file} is there already; a backup replaces no file")
    with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        unfinished = Path(folder) / file.name
        with _opened(unfinished) as target, read(create_session_factory(source)) as session:
            old = session.connection()
            if not is_current(old):
                raise ConfigurationError(
                    "the database's tables are not those of this version: make the backup with "
                    "the version that runs on it, or run `molwright migrate` first"
                )
            upgrade(target)
            with target.begin() as new:
                copied = copy_rows(old, new)
        # As a file that can be read where nothing can be written beside it.
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        unfinished.chmod(OWNER_ONLY)
        unfinished.rename(file)
    return copied


def restore(file: Path, target: Engine, scratch: Path) -> dict[str, int]:
    """Copy a backup, also of an older version, into a migrated and empty database.

    All of it is one transaction. What was running when the backup was made goes on from there. The
    file is not changed: a copy of it, in the folder ``scratch``, is migrated.

    Returns:
        The number of rows by table.

    Raises:
        BackupError: the file is damaged, no backup, or of a newer version.
        ConfigurationError: there is something in the database.
        CopyError: a row came out otherwise.
        OSError: the file cannot be read, or not be copied.
    """
    _check(file)
    engine = port.Engine(target)
    try:
        with TemporaryDirectory(dir=scratch) as folder:
            copy = Path(shutil.copyfile(file, Path(folder) / "backup.db"))
            with _opened(copy) as source:
                _bring_up_to_date(file, source)
                with source.begin() as old, create_session_factory(target).begin() as new:
                    copied = copy_rows(old, new.connection())
                    run_again(new, engine)
    finally:
        engine.close()
    return copied


def _check(file: Path) -> None:
    if Path(f"{file}-wal").exists():
        raise BackupError(f"{file} is a database in use; `molwright backup` makes a file of it")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)) as found:
            [(report,), *_] = found.execute("PRAGMA integrity_check").fetchall()
            versions = found.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file} is no backup, or is damaged: {error}") from error
    if report != "ok" or len(versions) != 1:
        raise BackupError(f"{file} is damaged: {report}")


def _bring_up_to_date(file: Path, source: Engine) -> None:
    try:
        upgrade(source)
    except CommandError as error:
        raise BackupError(f"{file} was made by a newer version: {error}") from error
    except DatabaseError as error:
        raise BackupError(f"{file} is no backup: {error.orig}") from error


@contextmanager
def _opened(file: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(file))
    try:
        yield engine
    finally:
        engine.dispose()
