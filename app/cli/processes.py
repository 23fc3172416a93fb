"""Long-running processes: API and workers in one command, or workers alone."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog

from app.backup import backup, restore
from app.cli.heap import share_heaps
from app.copying import copy_database
from app.database import create_engine, create_session_factory, open_engine, sqlite_url
from app.engine import port
from app.engine.patience import patiently
from app.engine.supervisor import Supervisor
from app.migrating import upgrade
from app.settings import Settings

SHUTDOWN_SECONDS = 5
"""Time that open requests have to end once the service is told to stop."""

log = structlog.get_logger(__name__)


def migrate_database(settings: Settings) -> None:
    """Bring the application's tables and the execution engine's up to date."""
    engine = create_engine(settings)
    try:
        upgrade(engine)
        port.migrate(engine)
    finally:
        engine.dispose()


def _migrate_once_there(settings: Settings) -> None:
    # A host that comes up starts its database and us at the same time.
    patiently(partial(migrate_database, settings), settings.database_seconds)


def copy_into(settings: Settings, source: Path) -> dict[str, int]:
    """Copy a SQLite file into the settings' database, which is migrated first; rows by table."""
    migrate_database(settings)
    old, new = open_engine(sqlite_url(source)), create_engine(settings)
    try:
        return copy_database(old, new)
    finally:
        old.dispose()
        new.dispose()


def back_up(settings: Settings, file: Path) -> dict[str, int]:
    """Write the settings' database, which others may use meanwhile, into a new file."""
    engine = create_engine(settings)
    try:
        return backup(engine, file)
    finally:
        engine.dispose()


def restore_into(settings: Settings, file: Path) -> dict[str, int]:
    """Copy a backup into the settings' database, which is migrated first; rows by table."""
    migrate_database(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings)
    try:
        return restore(file, engine, settings.data_dir)
    finally:
        engine.dispose()


def run_service(settings: Settings) -> None:
    """The API in this process, campaigns in children of it, until SIGTERM or SIGINT."""
    share_heaps()
    _migrate_once_there(settings)
    with _workers(settings, settings.workers):
        # Imported here: it brings torch, which takes as long as the children take to start.
        from app.cli.api import run_api

        run_api(settings, SHUTDOWN_SECONDS)


def run_workers(settings: Settings) -> None:
    """Campaigns in children of this process, until SIGTERM or SIGINT."""
    _migrate_once_there(settings)
    told_to_stop = threading.Event()
    on_stop(told_to_stop.set)
    with _workers(settings, max(1, settings.workers)):
        log.info("running campaigns", workers=max(1, settings.workers))
        told_to_stop.wait()


def on_stop(act: Callable[[], None]) -> None:
    """Answer SIGTERM and SIGINT with ``act``."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())


@contextmanager
def _workers(settings: Settings, num_workers: int) -> Iterator[None]:
    if num_workers == 0:
        yield
        return
    engine = create_engine(settings)
    execution = port.Engine(engine)
    sessions = create_session_factory(engine)
    try:
        with Supervisor(sessions, execution, num_workers):
            yield
    finally:
        execution.close()
        engine.dispose()
