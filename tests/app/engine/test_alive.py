import socket
import subprocess
import sys
from datetime import timedelta

import pytest

from app.database import create_engine, create_session_factory
from app.engine import alive, workers
from app.engine.tables import WorkerRow
from app.migrating import upgrade
from app.settings import Settings


@pytest.fixture
def lease(tmp_path, monkeypatch):
    """Writes the lease of a worker, of some age."""
    monkeypatch.chdir(tmp_path)
    engine = create_engine(Settings())
    upgrade(engine)
    sessions = create_session_factory(engine)

    def write(host, age=timedelta(0)):
        with sessions.begin() as session:
            workers.refresh(session, host, {host: 1}, ())
            session.get_one(WorkerRow, host).seen_at -= age

    yield write
    engine.dispose()


def test_only_a_worker_of_this_host_counts_and_only_while_it_lives(lease, capsys):
    here = socket.gethostname()
    lease("elsewhere")
    assert alive.main() == 1
    assert f"no worker of {here} is running" in capsys.readouterr().err
    lease(here)
    assert alive.main() == 0
    lease(here, workers.LEASE["sqlite"] + timedelta(seconds=5))
    assert alive.main() == 1


def test_it_is_cheap():
    """It runs twice a minute beside the work."""
    code = (
        "import sys, app.engine.alive; sys.exit('torch' in sys.modules or 'rdkit' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0  # noqa: S603
