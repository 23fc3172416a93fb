import pytest
from fastapi.testclient import TestClient

from app.limits import MAX_BODY_BYTES, BodyLimit
from tests.app.problems import check_problem

ENDPOINTS = ["/v1/encode", "/v1/decode", "/v1/sample", "/v1/properties"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_that_announces_too_much_is_refused_unread(client, endpoint):
    response = client.post(
        endpoint,
        content=b"{}",
        headers={"content-type": "application/json", "content-length": str(MAX_BODY_BYTES + 1)},
    )
    check_problem(response, 413, "too_large")


def test_a_body_in_chunks_is_refused_when_it_grows_too_large(app):
    limited = BodyLimit(app, max_bytes=1_000)
    taken = []

    def chunks():
        for part in [b" " * 400] * 5:
            taken.append(part)
            yield part

    with TestClient(app):  # the lifespan
        response = TestClient(limited).post(
            "/v1/encode", content=chunks(), headers={"content-type": "application/json"}
        )
    check_problem(response, 413, "too_large")


def test_a_body_within_the_limit_passes(client):
    assert client.post("/v1/properties", json={"smiles": ["C"] * 100}).status_code == 200
