"""Requests that want the model: so many at a time, and the rest of the service never waits."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.app.problems import check_problem

SECONDS = 60
BODY = {"smiles": ["CCO"]}


@pytest.fixture
def held(model, monkeypatch):
    """The model's `encode` waits until this is set."""
    may_go_on = threading.Event()
    encode = model._model.encode

    def wait(smiles):
        assert may_go_on.wait(SECONDS)
        return encode(smiles)

    monkeypatch.setattr(model, "_model", _Instead(model._model, wait))
    yield may_go_on
    may_go_on.set()


class _Instead:
    def __init__(self, model, encode):
        self._own, self.encode = model, encode

    def __getattr__(self, name):
        return getattr(self._own, name)


def test_a_full_queue_refuses_at_once_and_nothing_else_waits(client, app, held):
    places = app.state.model_places
    with ThreadPoolExecutor(places.number) as pool:
        asked = [pool.submit(client.post, "/v1/encode", json=BODY) for _ in range(places.number)]
        while places.taken < places.number:
            assert not any(each.done() for each in asked)
            threading.Event().wait(0.005)
        for method, path in (
            ("POST", "/v1/encode"),
            ("POST", "/v1/campaigns/validate"),
            ("PATCH", "/v1/campaigns/1"),
            ("PATCH", "/v1/campaigns/1/trials/1"),
        ):
            refused = client.request(method, path, json=BODY)
            check_problem(refused, 503, "busy")
            assert refused.headers["Retry-After"] == "1"
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 200
        assert client.get("/v1/campaigns").status_code == 200
        held.set()
        assert {each.result().status_code for each in asked} == {200}
    assert client.post("/v1/encode", json=BODY).status_code == 200


def test_a_place_is_given_back_whatever_comes_of_it(client, app):
    for _ in range(app.state.model_places.number + 1):
        assert client.post("/v1/sample", json={"smiles": "not one"}).status_code == 422
    assert app.state.model_places.taken == 0
