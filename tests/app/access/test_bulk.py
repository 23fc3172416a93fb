"""Another's bulk job."""

import pytest

from app.access.actor import Scope
from tests.app.problems import check_problem

REQUEST = {"operation": {"kind": "score"}}
CALLS = [
    ("GET", ""),
    ("DELETE", ""),
    ("PUT", "/library"),
    ("POST", "/cancel"),
    ("POST", "/resume"),
    ("GET", "/refused"),
    ("GET", "/results"),
]


@pytest.fixture
def job(client, alice):
    response = client.post("/v1/bulk", json=REQUEST, headers=alice)
    assert response.status_code == 201, response.text
    return response.headers["Location"]


def test_every_call_on_a_job_is_in_the_list(client):
    described = {
        (method.upper(), path.removeprefix("/v1/bulk/{job_id}"))
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method in operations
        if path.startswith("/v1/bulk/{")
    }
    assert described == set(CALLS)


@pytest.mark.parametrize(("method", "end"), CALLS)
def test_another_s_job_is_as_if_it_were_not(client, job, bob, method, end):
    query = "?format=smi" if end == "/library" else ""
    foreign = client.request(method, f"{job}{end}{query}", headers=bob, content=b"CCO\n")
    check_problem(foreign, 404, "not_found")
    absent = client.request(method, f"/v1/bulk/{'0' * 32}{end}{query}", headers=bob)
    assert absent.text.replace("0" * 32, job.rpartition("/")[2]) == foreign.text


def test_the_list_shows_one_s_own_and_an_admin_s_all(client, job, alice, bob, root):
    seen = [client.get("/v1/bulk", headers=who).json()["total"] for who in (alice, bob, root)]
    assert seen == [1, 0, 1]
    after = f"/v1/bulk?after={job.rpartition('/')[2]}"
    check_problem(client.get(after, headers=bob), 404, "not_found")
    assert client.get(job, headers=root).json()["owner"] == "alice"


def test_a_key_to_read_starts_nothing(client, give):
    reader = give("alice", Scope.READ)
    check_problem(client.post("/v1/bulk", json=REQUEST, headers=reader), 403, "forbidden")


def test_the_audit_log_tells_of_the_job_and_not_of_its_pieces(client, job, alice, root):
    sent = client.put(f"{job}/library?format=smi", content=b"CCO\nC1CC\n", headers=alice)
    assert sent.status_code == 202
    job_id = job.rpartition("/")[2]
    items = client.get("/v1/audit", headers=root).json()["items"]
    changes = {change for item in items for change in item["changes"] if "dbos" not in change}
    assert changes == {
        f"created bulk_jobs {job_id}",
        f"updated bulk_jobs {job_id}",
    }


def test_the_limit_of_a_key_is_the_library_s_too(client, give):
    small = give("alice", max_body_bytes=200)
    path = client.post("/v1/bulk", json=REQUEST, headers=small).headers["Location"]
    sent = client.put(f"{path}/library?format=smi", content=b"CCO\n" * 99, headers=small)
    check_problem(sent, 413, "too_large")
