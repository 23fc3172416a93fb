"""Another's library, and one that is shared."""

import pytest

from app.engine.chunks import BulkChunks
from app.known.libraries import libraries_of
from tests.app.access.test_sharing import share
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


def test_whom_it_is_shared_with_searches_it_until_that_is_taken_back(
    client, library_id, alice, bob, sessions
):
    share(client, f"/v1/bulk/{library_id}", alice, "bob", can_write=False)
    response = _search(client, library_id, bob)
    assert response.json()["neighbours"][0]["name"] == "ethanol"
    with sessions() as session:
        found = [libraries_of(session, owner) for owner in ("alice", "bob", "carol", None)]
    assert found == [[library_id], [library_id], [], []]
    assert client.delete(f"/v1/bulk/{library_id}/shares/bob", headers=alice).status_code == 204
    check_problem(_search(client, library_id, bob), 404, "not_found")
    with sessions() as session:
        assert libraries_of(session, "bob") == []


def test_suggestions_of_whom_it_is_shared_with_are_compared_with_it(client, library_id, alice, bob):
    share(client, f"/v1/bulk/{library_id}", alice, "bob", can_write=False)
    bench = {
        "objectives": [{"name": "pIC50", "source": "measured"}],
        "initial": {"smiles": ["CCO"], "num_samples": 0},
        "batch_size": 1,
        "constraints": [],
    }
    path = client.post("/v1/campaigns", json=bench, headers=bob).headers["Location"]
    [trial] = client.post(f"{path}/suggestions", json={}, headers=bob).json()["items"]
    assert trial["known"]["libraries"] == [library_id]
    assert trial["known"]["nearest"]["name"] == "ethanol"


@pytest.fixture
def search_job(client, library_id, alice, bob):
    """Of Bob's, who may search the library; Carol may write it, and may not."""
    share(client, f"/v1/bulk/{library_id}", alice, "bob", can_write=False)
    operation = {"kind": "neighbours", "libraries": [library_id]}
    return client.post("/v1/bulk", json={"operation": operation}, headers=bob).headers["Location"]


def test_a_job_searches_no_library_for_whom_it_is_not_shared_with(
    client, library_id, search_job, bob, give
):
    carol = give("carol")
    share(client, search_job, bob, "carol", can_write=True)
    send = {"url": f"{search_job}/library?format=smi", "content": b"CCO\n"}
    check_problem(client.put(**send, headers=carol), 404, "not_found")
    assert client.put(**send, headers=bob).status_code == 202
    assert client.post(f"{search_job}/cancel", headers=carol).status_code == 202
    check_problem(client.post(f"{search_job}/resume", headers=carol), 404, "not_found")
    assert client.post(f"{search_job}/resume", headers=bob).status_code == 202


def test_a_job_is_not_set_going_once_the_library_is_not_shared(
    client, library_id, search_job, alice, bob
):
    assert client.delete(f"/v1/bulk/{library_id}/shares/bob", headers=alice).status_code == 204
    sent = client.put(f"{search_job}/library?format=smi", content=b"CCO\n", headers=bob)
    check_problem(sent, 404, "not_found")
    assert client.get(search_job, headers=bob).json()["state"] == "draft"


def test_who_has_no_key_searches_nothing(client):
    assert _search(client, "training", {}).status_code == 401
