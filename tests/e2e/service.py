"""A real `molwright serve` in processes of its own, on a port and a data directory of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
WAIT_SECONDS = 300
"""Bounds for a machine that does other things besides; a free one needs a tenth of them."""


TOY_MODEL = {"MOLWRIGHT_MODEL": "toy", "MOLWRIGHT_MODEL_SOURCE": "tests.e2e.models"}
BUNDLED_MODEL: dict[str, str] = {}
"""No setting at all: what a user gets."""


def settings(folder: Path, database_url: str, workers: int) -> dict[str, str]:
    """The environment of a process of ours."""
    return {
        "MOLWRIGHT_DATA_DIR": str(folder / "data"),
        "MOLWRIGHT_DATABASE_URL": database_url,
        "MOLWRIGHT_WORKERS": str(workers),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }


def spawn(command: str, settings: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """`molwright COMMAND`, in the folder of its log."""
    program = str(Path(sys.executable).with_name("molwright"))
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [program, command],
            env=os.environ | settings,
            cwd=log.parent,
            stdout=output,
            stderr=output,
        )


def is_worker(pid: int, executor_id: str) -> bool:
    """Whether the process is still that worker: an old number may be another's by now."""
    try:
        return executor_id.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Service:
    def __init__(
        self,
        folder: Path,
        model: dict[str, str] = TOY_MODEL,
        database_url: str = "",
        workers: int = 1,
    ) -> None:
        self.folder = folder
        self.settings = settings(folder, database_url, workers) | model
        url = database_url or f"sqlite:///{folder / 'data' / 'molwright.db'}"
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        self.port = free_port()
        self.log = folder / "serve.log"
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        port = {"MOLWRIGHT_PORT": str(self.port)}
        self.process = spawn("serve", self.settings | port, self.log)
        self.wait(self.is_ready, seconds=START_SECONDS, what="the service to be ready")

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"serve ended\n{self.log_tail()}"
        try:
            return self.http.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 30) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def close(self) -> None:
        self.http.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def worker_pids(self) -> set[int]:
        """Of those that live, by the table and by the system."""
        rows = self.sql("SELECT executor_id, pid FROM workers WHERE pid IS NOT NULL")
        return {pid for name, pid in rows if is_worker(pid, name)}

    def sql(self, query: str, **parameters: object) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), parameters)]

    def get(self, path: str) -> Any:
        response = self.http.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: Any = None) -> Any:
        response = self.http.post(path, json=body)
        assert response.is_success, response.text
        return response.json()

    def run(self, **request: Any) -> str:
        """Create and start a campaign; its path."""
        path = f"/v1/campaigns/{self.post('/v1/campaigns', request)['id']}"
        self.post(f"{path}/start")
        return path

    def wait_for(self, path: str, *states: str) -> dict[str, Any]:
        self.wait(
            lambda: self.get(path)["state"] in states,
            what=f"{path} to be {' or '.join(states)}",
            found=lambda: self.get(path),
        )
        return self.get(path)

    def wait(
        self,
        condition: Callable[[], bool],
        *,
        what: str,
        found: Callable[[], object] = lambda: "",
        seconds: float = WAIT_SECONDS,
    ) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}: {found()}\n{self.log_tail()}")
            time.sleep(0.1)

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-5_000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
