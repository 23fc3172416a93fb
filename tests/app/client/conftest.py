"""The client on the service of `tests/app`, over a line that can be cut."""

import httpx
import pytest

from app.client import Client
from app.client.transport import Transport

CAMPAIGN = {
    "objectives": [{"name": "pIC50", "source": "measured"}],
    "initial": {"smiles": ["CCO", "CCN", "CCCO"], "num_samples": 0},
    "batch_size": 2,
    "seed": 3,
}
"""One that needs no worker: its values come from the bench."""


class Line(httpx.BaseTransport):
    """Carries requests to a service in this process; each fault befalls one request.

    A fault is a response that comes instead, an error before the request has left (`ConnectError`)
    or any other after the service has done its work.
    """

    def __init__(self, service):
        self.service = service
        self.faults = []
        self.sent = []

    def handle_request(self, request):
        self.sent.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, httpx.Response):
            return fault
        if isinstance(fault, httpx.ConnectError):
            raise fault
        answer = self.service.request(
            request.method,
            str(request.url),
            headers=dict(request.headers),
            content=request.read(),
            follow_redirects=False,
        )
        if fault is not None:
            raise fault
        return httpx.Response(
            answer.status_code, headers=answer.headers.multi_items(), content=answer.content
        )


@pytest.fixture
def line(client):
    return Line(client)


@pytest.fixture
def molwright(line):
    with Client("http://testserver", transport=line) as molwright:
        yield molwright


@pytest.fixture
def naps(monkeypatch):
    """Seconds that the client slept between tries, of which none passes."""
    slept = []
    monkeypatch.setattr("app.client.retries.sleep", slept.append)
    return slept


@pytest.fixture
def folder(tmp_path):
    """An empty one; the service keeps its own beside it."""
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


@pytest.fixture
def campaign(molwright):
    """A draft whose values come from the bench."""
    return molwright.campaigns.create(**CAMPAIGN)


@pytest.fixture
def called(monkeypatch):
    """The endpoints that were called."""
    found = set()
    plain = Transport._request

    def noting(self, endpoint, *rest):
        found.add((endpoint.method, endpoint.path))
        return plain(self, endpoint, *rest)

    monkeypatch.setattr(Transport, "_request", noting)
    return found
