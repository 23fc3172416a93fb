"""The worker processes of one supervisor: started, watched, replaced, stopped."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable

import structlog

STOP_SECONDS = 5.0
"""Time a child has to end by itself; its runs are safe either way."""
MAX_DELAY_SECONDS = 60.0
"""Longest wait before the next child where children keep ending."""

log = structlog.get_logger(__name__)

Spawn = Callable[[str], "subprocess.Popen[bytes]"]


def spawn_worker(executor_id: str) -> "subprocess.Popen[bytes]":
    """A child that ends when its standard input does, so also when this process is killed."""
    command = [sys.executable, "-m", "app.engine.worker", executor_id]
    return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603


class Children:
    """At most ``number`` processes, each under an executor id that was never used before."""

    def __init__(self, number: int, spawn: Spawn) -> None:
        self._number = number
        self._spawn = spawn
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._num_ended = 0
        self._spawn_at = 0.0

    def pids(self) -> dict[str, int | None]:
        """Process id by executor id."""
        return {executor_id: child.pid for executor_id, child in self._processes.items()}

    def stopped(self) -> set[str]:
        """Those that are alive and do nothing, as after SIGSTOP."""
        return {name for name, child in self._processes.items() if _is_stopped(child.pid)}

    def reap(self) -> set[str]:
        """Forget those that have ended; their executor ids."""
        ended = {name: c for name, c in self._processes.items() if c.poll() is not None}
        for executor_id, child in ended.items():
            log.warning("worker ended", executor=executor_id, status=child.returncode)
            if child.stdin is not None:
                child.stdin.close()
            del self._processes[executor_id]
            self._delay_next()
        return set(ended)

    def missing(self) -> list[str]:
        """Executor ids of the children that are to be started now."""
        if time.monotonic() < self._spawn_at:
            return []
        return [uuid.uuid4().hex for _ in range(self._number - len(self._processes))]

    def start(self, executor_ids: Iterable[str]) -> None:
        """Start a child under each."""
        for executor_id in executor_ids:
            self._processes[executor_id] = self._spawn(executor_id)

    def kill(self, executor_id: str) -> None:
        """End a child at once, whatever it does."""
        self._processes[executor_id].kill()

    def stop(self) -> set[str]:
        """End all; their executor ids."""
        for child in self._processes.values():
            if child.stdin is not None:
                child.stdin.close()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._processes.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        ended = set(self._processes)
        self._processes.clear()
        return ended

    def _delay_next(self) -> None:
        # The first replacement comes at once; a child that cannot even start is not tried for ever
        # at full speed.
        now = time.monotonic()
        if now - self._spawn_at > 2 * MAX_DELAY_SECONDS:
            self._num_ended = 0
        self._spawn_at = now + min(MAX_DELAY_SECONDS, 2.0**self._num_ended - 1)
        self._num_ended += 1


def _is_stopped(pid: int) -> bool:
    # Some systems lack the call in Python 3.11; there a stopped child keeps its runs.
    if not hasattr(os, "waitid"):
        return False
    return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
