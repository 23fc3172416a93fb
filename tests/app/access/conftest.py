"""A service that asks for keys, and the people who have some."""

import pytest
from fastapi.testclient import TestClient

from app.access.actor import Scope
from app.access.keys import KeyRepository
from app.main import create_app
from tests.app.campaigns.conftest import REQUEST


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"require_keys": True, "trusted_hosts": ""})


@pytest.fixture
def sessions(app):
    return app.state.session_factory


@pytest.fixture
def give(sessions):
    """A new key as the headers of a request."""

    def headers(owner, scope=Scope.WRITE, **limits):
        with sessions.begin() as session:
            _, token = KeyRepository(session).create("test", owner, scope, **limits)
        return {"Authorization": f"Bearer {token}"}

    return headers


def key_id(headers):
    return headers["Authorization"].split("_")[1]


@pytest.fixture
def alice(give):
    return give("alice")


@pytest.fixture
def bob(give):
    return give("bob")


@pytest.fixture
def root(give):
    return give("root", Scope.ADMIN)


@pytest.fixture
def campaign(client, alice):
    """The path of a campaign of Alice's."""
    response = client.post("/v1/campaigns", json=REQUEST, headers=alice)
    assert response.status_code == 201, response.text
    return response.headers["Location"]


@pytest.fixture
def serve(settings, source):
    """A service of other settings on the same database."""
    clients = []

    def start(**changes):
        app = create_app(settings.model_copy(update=changes), model_source=source)
        clients.append(TestClient(app, raise_server_exceptions=False))
        clients[-1].__enter__()
        return clients[-1]

    yield start
    for client in clients:
        client.__exit__(None, None, None)
