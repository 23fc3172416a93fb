import socket
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.database import create_engine, create_session_factory
from app.engine import workers
from app.engine.tables import WorkerRow
from app.settings import Settings


@pytest.fixture
def lease(tmp_path, monkeypatch):
    """Writes the lease of a worker, of some age."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    engine = create_engine(Settings())
    sessions = create_session_factory(engine)

    def write(host, age=timedelta(0)):
        with sessions.begin() as session:
            workers.refresh(session, host, {host: 1}, ())
            session.get_one(WorkerRow, host).seen_at -= age

    yield write
    engine.dispose()


def health():
    return CliRunner().invoke(app, ["health"])


def test_only_a_worker_of_this_host_counts_and_only_while_it_lives(lease):
    here = socket.gethostname()
    lease("elsewhere")
    missing = health()
    assert missing.exit_code == 1
    assert f"no worker of {here} is running" in missing.output
    lease(here)
    assert health().exit_code == 0
    lease(here, workers.LEASE["sqlite"] + timedelta(seconds=5))
    assert health().exit_code == 1
