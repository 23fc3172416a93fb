"""Keeps worker processes alive and gives the runs of dead ones back to the queue.

A supervisor lives in ``molwright serve`` or in ``molwright worker``. On PostgreSQL there may be any
number, on any hosts: a process lives as long as its lease is refreshed. On SQLite a file lock
proves that there is one, so whatever others took on before is an orphan at once. It is
level-triggered: each tick looks at what is, so that a tick that fails is made good by the next.
"""

import socket
import threading
import time
from datetime import timedelta

import structlog
from filelock import Timeout

from app.database import SessionFactory, now, read, supervisor_lock
from app.engine import workers
from app.engine.children import Children, Spawn, spawn_worker
from app.engine.port import Engine
from app.engine.recovery import recover
from app.errors import ConfigurationError

TICK_SECONDS = 1.0
KEPT = timedelta(days=1)
"""How long the engine's rows of a run that has ended are kept, for a look at what it did."""
PURGE_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Supervisor:
    """``num_workers`` children, for as long as it is entered as a context."""

    def __init__(
        self,
        sessions: SessionFactory,
        engine: Engine,
        num_workers: int,
        spawn: Spawn = spawn_worker,
    ) -> None:
        self._sessions = sessions
        self._engine = engine
        self._children = Children(num_workers, spawn)
        self._lock = supervisor_lock(sessions.kw["bind"])
        self._host = socket.gethostname()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._ended: set[str] = set()
        self._written: dict[str, int | None] = {}
        self._written_at = 0.0
        self._purged_at = 0.0

    def __enter__(self) -> "Supervisor":
        """Start the children.

        Raises:
            ConfigurationError: another supervisor lives on this SQLite file.
        """
        if self._lock is not None:
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                raise ConfigurationError(
                    f"another `molwright serve` or `molwright worker` holds {self._lock.lock_file};"
                    " stop it, or use another database: on PostgreSQL there may be several"
                ) from None
            with self._sessions.begin() as session:
                workers.drop_all(session)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the children; what they were running goes on at the next start, or elsewhere."""
        self._stopping.set()
        self._thread.join()
        self._ended |= self._children.stop()
        try:
            self._write_leases({})
        finally:
            if self._lock is not None:
                self._lock.release()

    def tick(self) -> None:
        """Reap, respawn, recover: one look at what is and one step towards what should be."""
        self._ended |= self._children.reap()
        new = self._children.missing()
        stopped = self._children.stopped()
        living = {name: pid for name, pid in self._children.pids().items() if name not in stopped}
        living |= dict.fromkeys(new)
        is_due = time.monotonic() - self._written_at >= workers.REFRESH_SECONDS
        if self._ended or living != self._written or is_due:
            self._write_leases(living)
        # After the lease is committed: what the child takes on has an owner from the first moment.
        self._children.start(new)
        self._kill_expired(stopped)
        recover(self._sessions, self._engine, own=self._children.pids().keys())
        self._purge()

    def _write_leases(self, living: dict[str, int | None]) -> None:
        with self._sessions.begin() as session:
            workers.refresh(session, self._host, living, self._ended)
        self._ended = set()
        self._written = living
        self._written_at = time.monotonic()

    def _kill_expired(self, stopped: set[str]) -> None:
        """End the children that were stopped for longer than a lease: their work goes to others."""
        if not stopped:
            return
        with read(self._sessions) as session:
            expired = stopped - workers.leased(session)
        for executor_id in expired:
            log.warning("worker was stopped for too long", executor=executor_id)
            self._children.kill(executor_id)

    def _purge(self) -> None:
        if time.monotonic() - self._purged_at >= PURGE_SECONDS:
            self._purged_at = time.monotonic()
            self._engine.purge(now() - KEPT)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick()
            except Exception as error:
                log.error("supervisor's tick failed", exc_info=error)
            self._stopping.wait(TICK_SECONDS)
