"""Another's library."""

import pytest

from app.engine.chunks import BulkChunks
from tests.app.bulk.conftest import step
from tests.app.problems import check_problem

__all__ = ["step"]


@pytest.fixture
def chunks(app, sessions):
    return BulkChunks(sessions, app.state.models, app.state.known)


@pytest.fixture
def library_id(client, alice, step):
    """Of a library of Alice's."""
    request = {"operation": {"kind": "library"}}
    path = client.post("/v1/bulk", json=request, headers=alice).headers["Location"]
    client.put(f"{path}/library?format=smi", content=b"CCO ethanol\n", headers=alice)
    step(path)
    return path.rpartition("/")[2]


def _search(client, library_id, headers):
    request = {"smiles": "CCO", "libraries": [library_id]}
    return client.post("/v1/neighbours", json=request, headers=headers)


def test_its_owner_and_an_admin_search_a_library(client, library_id, alice, root, give):
    reader = give("alice", "read")
    for who in (alice, root, reader):
        response = _search(client, library_id, who)
        assert response.status_code == 200, response.text
        assert response.json()["neighbours"][0]["name"] == "ethanol"


def test_to_others_it_is_as_if_it_were_not(client, library_id, bob):
    foreign = _search(client, library_id, bob)
    check_problem(foreign, 404, "not_found")
    absent = _search(client, "0" * 32, bob)
    assert absent.text.replace("0" * 32, library_id) == foreign.text
    operation = {"kind": "neighbours", "libraries": [library_id]}
    response = client.post("/v1/bulk", json={"operation": operation}, headers=bob)
    check_problem(response, 404, "not_found")


def test_who_has_no_key_searches_nothing(client):
    assert _search(client, "training", {}).status_code == 401
