"""Keeps the worker processes alive and gives the runs of dead ones back to the queue.

A supervisor lives in ``molwright serve`` or in ``molwright worker``. A file lock proves that it is
the only one on its data directory, so whatever a process that is not its own child took on is an
orphan. It is level-triggered: each tick looks at what is, so that a tick that fails is made good by
the next.
"""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

from app.campaigns.changes import finish, restart
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import Action
from app.database import SessionFactory
from app.engine import workers
from app.engine.port import Engine, Run
from app.errors import ConfigurationError

TICK_SECONDS = 1.0
STOP_SECONDS = 5.0
"""Time a child has to end by itself; its runs are safe either way."""
MAX_DELAY_SECONDS = 60.0
"""Longest wait before the next child where children keep ending."""
MAX_RECOVERIES = 5
"""Recoveries without a committed iteration between them, after which a campaign is to blame."""
DIED = f"its worker died {MAX_RECOVERIES + 1} times without finishing an iteration"
BROKE = f"its run broke {MAX_RECOVERIES + 1} times without finishing an iteration; see the log"

log = structlog.get_logger(__name__)

Spawn = Callable[[str], "subprocess.Popen[bytes]"]


def spawn_worker(executor_id: str) -> "subprocess.Popen[bytes]":
    """A child that ends when its standard input does, so also when this process is killed."""
    command = [sys.executable, "-m", "app.engine.worker", executor_id]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603


class Supervisor:
    """``num_workers`` children, for as long as it is entered as a context."""

    def __init__(
        self,
        sessions: SessionFactory,
        engine: Engine,
        data_dir: Path,
        num_workers: int,
        spawn: Spawn = spawn_worker,
    ) -> None:
        self._sessions = sessions
        self._engine = engine
        self._num_workers = num_workers
        self._spawn = spawn
        self._lock = FileLock(data_dir.absolute() / "supervisor.lock")
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._refreshed = 0.0
        self._num_ended = 0
        self._spawn_at = 0.0

    def __enter__(self) -> "Supervisor":
        """Start the children.

        Raises:
            ConfigurationError: another supervisor lives on this data directory.
        """
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise ConfigurationError(
                f"another `molwright serve` or `molwright worker` holds {self._lock.lock_file}; "
                "stop it, or use another MOLWRIGHT_DATA_DIR and database"
            ) from None
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the children; what they were running goes on at the next start."""
        self._stopping.set()
        self._thread.join()
        for child in self._children.values():
            if child.stdin is not None:
                child.stdin.close()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children.clear()
        with self._sessions.begin() as session:
            workers.refresh(session, {})
        self._lock.release()

    def tick(self) -> None:
        """Reap, respawn, recover: one look at what is and one step towards what should be."""
        for executor_id, child in list(self._children.items()):
            if child.poll() is not None:
                log.warning("worker ended", executor=executor_id, status=child.returncode)
                if child.stdin is not None:
                    child.stdin.close()
                del self._children[executor_id]
                self._delay_next()
        while len(self._children) < self._num_workers and time.monotonic() >= self._spawn_at:
            executor_id = uuid.uuid4().hex
            self._children[executor_id] = self._spawn(executor_id)
            self._refreshed = 0.0
        self._refresh()
        # Children are only ever started above, by this thread: no run listed here can belong to
        # one that is not known yet.
        for run in self._engine.pending():
            if run.executor_id not in self._children:
                self._recover(run, DIED)
        for run in self._engine.failed(self._running()):
            self._recover(run, BROKE)

    def _delay_next(self) -> None:
        # The first replacement comes at once; a child that cannot even start is not tried for ever
        # at full speed.
        now = time.monotonic()
        if now - self._spawn_at > 2 * MAX_DELAY_SECONDS:
            self._num_ended = 0
        self._spawn_at = now + min(MAX_DELAY_SECONDS, 2.0**self._num_ended - 1)
        self._num_ended += 1
        self._refreshed = 0.0

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed < workers.REFRESH_SECONDS:
            return
        with self._sessions.begin() as session:
            workers.refresh(session, {key: child.pid for key, child in self._children.items()})
        self._refreshed = time.monotonic()

    def _running(self) -> Sequence[str]:
        with self._sessions() as session:
            session.connection(execution_options={"sqlite_begin": "DEFERRED"})
            return CampaignRepository(session).running()

    def _recover(self, run: Run, reason: str) -> None:
        """Let the campaign of ``run`` go on in a run of its own, or fail after too many of them.

        One transaction, so it is counted if and only if it is done. What the old run had computed
        and not committed is computed again, with the same result; if it is not as dead as it
        seems, it finds that it may write no more.
        """
        with self._sessions.begin() as session:
            repository = CampaignRepository(session)
            campaign = repository.find_by_run(run.run_id)
            if campaign is not None and campaign.recoveries < MAX_RECOVERIES:
                campaign.recoveries += 1
                restart(repository, campaign, self._engine)
                log.info("campaign recovered", campaign=campaign.id, executor=run.executor_id)
            elif campaign is not None:
                finish(campaign, Action.FAIL, reason)
        self._engine.cancel(run)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick()
            except Exception as error:
                log.error("supervisor's tick failed", exc_info=error)
            self._stopping.wait(TICK_SECONDS)
