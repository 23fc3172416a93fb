from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from app.access.actor import Scope
from app.access.keys import KeyRepository
from app.database import now
from app.engine import workers
from app.engine.tables import WorkerRow
from app.main import create_app


@pytest.fixture
def rise(scrape):
    """How much a sample has risen since the test began: other tests count in this process too."""
    before = scrape()
    return lambda *name: scrape().get(name, 0) - before.get(name, 0)


def test_requests_are_counted_by_route(client, rise):
    for name in ("toy", "absent", "absent"):
        client.get(f"/v1/models/{name}")
    route = "/v1/models/{name}"
    assert rise("molwright_requests_total", *sorted(["GET", route, "200"])) == 1
    assert rise("molwright_requests_total", *sorted(["GET", route, "404"])) == 2
    assert rise("molwright_request_seconds_count", *sorted(["GET", route])) == 3


def test_a_stranger_makes_up_no_labels(client, scrape):
    client.request("BREW", "/v1/coffee/1")
    client.get("/v1/coffee/2")
    labels = {label for name in scrape() for label in name[1:]}
    assert not {label for label in labels if "coffee" in label or label == "BREW"}


def test_decodes_and_batches_are_counted(client, rise):
    reply = client.post("/v1/sample", json={"num_molecules": 3, "seed": 1}).json()
    decoded = rise("molwright_decodes_total", "true") + rise("molwright_decodes_total", "false")
    assert decoded >= reply["num_attempts"] > 0
    assert rise("molwright_model_batch_rows_count") >= 1
    assert rise("molwright_model_batch_rows_sum") >= reply["num_attempts"]
    assert rise("molwright_model_batch_calls_count") >= 1


def test_nothing_waits_once_everything_is_answered(client, scrape):
    client.post("/v1/encode", json={"smiles": ["C"]})
    found = scrape()
    assert found["molwright_model_queue",] == 0
    assert found["molwright_requests_under_way",] == 1


def test_workers_are_counted(app, scrape):
    assert scrape()["molwright_workers",] == 0
    with app.state.session_factory.begin() as session:
        workers.refresh(session, "host", {"a": 1, "b": 2}, [])
    found = scrape()
    assert found["molwright_workers",] == 2
    assert 0 <= found["molwright_worker_lease_age_seconds",] < 60
    with app.state.session_factory.begin() as session:
        session.execute(sa.update(WorkerRow).values(seen_at=now() - timedelta(minutes=5)))
    assert scrape()["molwright_workers",] == 0


def test_they_need_a_key_where_keys_are_asked_for(settings, source):
    app = create_app(settings.model_copy(update={"require_keys": True}), model_source=source)
    with TestClient(app) as client:
        assert client.get("/metrics").status_code == 401
        with app.state.session_factory.begin() as session:
            _, token = KeyRepository(session).create("prometheus", "monitoring", Scope.READ)
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/metrics", headers=headers).status_code == 200
