"""APIs and worker hosts as processes of their own on one database, and their operator."""

import itertools
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from tests.chaos.clocks import Clocks
from tests.chaos.files import limit_files, with_children
from tests.e2e.service import TOY_MODEL, free_port, is_worker, settings, spawn
from tests.postgresql import PostgresServer

ANSWER_SECONDS = 600
"""Bound for a machine that does other things besides."""
CLOCK_SECONDS = 30
"""The same, for a process to see that its clock was set."""


class Fleet:
    """Whatever is killed is started again at once, as by a service manager."""

    def __init__(
        self,
        folder: Path,
        engine: sa.Engine,
        num_apis: int,
        children: list[int],
        server: PostgresServer | None = None,
    ) -> None:
        self.engine = engine
        self.server = server
        self.log = folder / "fleet.log"
        self.apis = [f"api {index}" for index in range(num_apis)]
        self.hosts = [f"host {index}" for index in range(len(children))]
        ports = {name: str(free_port()) for name in self.apis}
        url = engine.url.render_as_string(hide_password=False)
        self._clocks = Clocks(folder / "clocks")
        self._settings = {
            name: self._clocks.environment(settings(folder / name, url, workers))
            | TOY_MODEL
            | {"MOLWRIGHT_PORT": port}
            for name, workers, port in [
                *((name, 0, ports[name]) for name in self.apis),
                *zip(self.hosts, children, itertools.repeat("0")),
            ]
        }
        self._clients = [
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) for port in ports.values()
        ]
        self._turn = itertools.count()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Fleet":
        for name in self._settings:
            self._start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        for client in self._clients:
            client.close()

    def kill(self, name: str) -> int:
        """kill -9 of an API or of a host's supervisor; its process id."""
        process = self._processes[name]
        assert process.poll() is None, f"{name} had ended by itself\n{self.log_tail()}"
        process.kill()
        process.wait()
        self._start(name)
        return process.pid

    def workers(self) -> dict[str, int]:
        """The worker processes that live: process id by executor id."""
        rows = self.sql("SELECT executor_id, pid FROM workers WHERE pid IS NOT NULL")
        return {name: pid for name, pid in rows if is_worker(pid, name)}

    def limit_files(self, size: int | None) -> int:
        """Let no process that writes the database write a file beyond so many bytes (None: any);
        how many processes."""
        writers = [process.pid for process in self._processes.values()]
        if self.server is not None:
            writers = [self.server.pid]
        return sum(limit_files(pid, size) for pid in with_children(writers))

    def room(self) -> int:
        """Bytes of the database's largest file: none that grows beyond has room. Of PostgreSQL's
        log, whose segments are of 16 MB from the beginning, the better part is cut off."""
        if self.server is not None:
            return 2**20
        files = Path(self.engine.url.database or "").parent.glob("molwright.db*")
        return max(file.stat().st_size for file in files)

    def shift_clocks(self, seconds: int) -> bool:
        """Set the clocks of all hosts; whether an API, a supervisor and a worker see it."""
        self._clocks.shift(seconds)
        groups = [
            [self._processes[name].pid for name in self.apis],
            [self._processes[name].pid for name in self.hosts],
            list(self.workers().values()),
        ]
        return self.wait(
            lambda: all(any(map(self._clocks.is_seen_by, pids)) for pids in groups), CLOCK_SECONDS
        )

    def sql(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """As a careful client does it: to another API, again and again, until one answers."""
        headers = {"Idempotency-Key": key} if key else {}
        deadline = time.monotonic() + ANSWER_SECONDS
        first = next(self._turn) % len(self._clients)
        for client in itertools.islice(itertools.cycle(self._clients), first, None):
            try:
                response = client.post(path, json=body, headers=headers)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code < 500:
                return response
            assert time.monotonic() < deadline, f"no answer to {path}\n{self.log_tail()}"
            time.sleep(0.2)
        raise AssertionError("there is no API")

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-5_000:]

    def _start(self, name: str) -> None:
        command = "serve" if name in self.apis else "worker"
        self._processes[name] = spawn(command, self._settings[name], self.log)
