"""A service that a benchmark starts for itself and asks over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from app.errors import ConfigurationError

START_SECONDS = 120
"""Time the service has to load its model."""

SERVE = "from app.cli import app; app()"
"""The command itself, whether or not its script is on the path."""

TIMEOUT = 600
"""Seconds a request may take."""


@contextmanager
def own_service(model: str, **changes: str) -> Iterator[httpx.Client]:
    """A client of a service of its own: on a free port, with an empty database and no workers.

    ``changes`` are other settings than these, by their names without the prefix.

    Raises:
        ConfigurationError: the service does not start; what it said.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+b") as log:
        own = {
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WORKERS": "0",
            "MODEL_QUEUE": "10000",
            "MODEL": model,
            **changes,
        }
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", SERVE, "serve"],
            env=os.environ | {f"MOLWRIGHT_{name}": value for name, value in own.items()},
            stdout=log,
            stderr=log,
        )
        limits = httpx.Limits(max_connections=None)
        address = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(base_url=address, timeout=TIMEOUT, limits=limits) as http:
                if not _becomes_ready(process, http):
                    log.seek(0)
                    said = log.read()[-2_000:].decode(errors="replace")
                    raise ConfigurationError(f"the service did not start: {said}")
                yield http
        finally:
            process.terminate()
            process.wait()


def _becomes_ready(process: subprocess.Popen[bytes], http: httpx.Client) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return http.get("/v1/models").is_success
        except httpx.TransportError:
            time.sleep(0.1)
    return False
