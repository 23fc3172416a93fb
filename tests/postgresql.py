"""A PostgreSQL server of the tests' own, on a Unix socket that nobody else can reach."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa

START_SECONDS = 60
LIBRARIES = Path("/usr/lib/postgresql")
"""Where Debian keeps the server's programs, a folder for each version."""


def find_programs() -> Path | None:
    """Folder of the newest server installed here."""
    for folder in sorted(LIBRARIES.glob("*/bin"), key=lambda p: -float(p.parent.name)):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class PostgresServer:
    """Started by ``start``; it may be killed and started again on the same files."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # The server refuses to run as root.
        self._as: dict[str, Any] = {}
        self._user = pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            self._user = "postgres"
            self._as = {"user": self._user, "group": self._user, "extra_groups": []}
        # Short, as a socket's path may have 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        shutil.chown(self._folder, self._user)
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Returns once it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn()
            if time.monotonic() > deadline:
                raise AssertionError(f"no PostgreSQL in {START_SECONDS} s:\n{self._log()[-2000:]}")
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> int:
        """kill -9 of the server; its process id."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        return self._process.pid

    def close(self) -> None:
        """Stop it and remove its files."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self._user}@/{database}?host={self._folder}"

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = {"listen_addresses": "", "fsync": "off", "max_connections": "200"}
        command = [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder]
        command += [f"--{name}={value}" for name, value in options.items()]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                command, stdout=log, stderr=log, cwd="/", **self._as
            )

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self._folder / "data", *arguments]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, cwd="/", **self._as
        )
        assert done.returncode == 0, done.stderr

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            execute(self.url("postgres"), "SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def _log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")


def execute(url: str, statement: str) -> None:
    """Run a statement that may not stand in a transaction."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def create_database(server_url: str, template: str = "template1") -> str:
    """A new database beside that of ``server_url``, a copy of ``template``; its URL."""
    name = f"molwright_{uuid.uuid4().hex}"
    execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return str(sa.make_url(server_url).set(database=name).render_as_string(hide_password=False))


def drop_database(server_url: str, url: str) -> None:
    execute(server_url, f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)")
