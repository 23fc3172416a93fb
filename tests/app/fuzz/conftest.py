"""A service that listens on loopback, asks for keys, and has a few things in it."""

import threading
import time

import httpx
import pytest
import uvicorn

from app.access.actor import Scope
from app.access.keys import KeyRepository
from tests.e2e.service import free_port

OFTEN = 10**9


@pytest.fixture
def fuzz_seconds(request):
    return request.config.getoption("--fuzz-seconds")


@pytest.fixture
def settings(settings):
    return settings.model_copy(
        update={"require_keys": True, "trusted_hosts": "", "requests_per_minute": OFTEN}
    )


@pytest.fixture
def token(app):
    with app.state.session_factory.begin() as session:
        KeyRepository(session).create("fuzz", "bob", Scope.WRITE)
        return KeyRepository(session).create("fuzz", "alice", Scope.ADMIN)[1]


@pytest.fixture
def service(app, token):
    """Calls the service, which is up, with a key."""
    config = uvicorn.Config(app, port=free_port(), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    address = f"http://127.0.0.1:{config.port}"
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as http:
        yield http
    server.should_exit = True
    thread.join()
