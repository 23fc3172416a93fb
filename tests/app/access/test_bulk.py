"""Another's bulk job."""

import pytest

from app.access.actor import Scope
from tests.app.access.test_sharing import share
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
    ("GET", "/shares"),
    ("PUT", "/shares/carol"),
    ("DELETE", "/shares/carol"),
]


@pytest.fixture
def job(client, alice):
    response = client.post("/v1/bulk", json=REQUEST, headers=alice)
    assert response.status_code == 201, response.text
    return response.headers["Location"]


def test_every_call_on_a_job_is_in_the_list(client):
    described = {
        (method.upper(), path.removeprefix("/v1/bulk/{job_id}").replace("{owner}", "carol"))
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


def test_what_is_shared_to_read_is_read(client, job, alice, bob):
    share(client, job, alice, "bob", can_write=False)
    for method, end in CALLS:
        query = "?format=smi" if end == "/library" else ""
        response = client.request(method, f"{job}{end}{query}", headers=bob, content=b"CCO\n")
        if method == "GET":
            assert response.status_code == 200, end
        else:
            check_problem(response, 403, "forbidden")


def test_what_is_shared_to_write_is_changed_but_neither_deleted_nor_shared(client, job, alice, bob):
    share(client, job, alice, "bob", can_write=True)
    sent = client.put(f"{job}/library?format=smi", content=b"CCO\n", headers=bob)
    assert (sent.status_code, sent.json()["owner"]) == (202, "alice")
    assert client.post(f"{job}/cancel", headers=bob).status_code == 202
    assert client.post(f"{job}/resume", headers=bob).status_code == 202
    assert client.post(f"{job}/cancel", headers=bob).status_code == 202
    for method, end in (("DELETE", ""), ("PUT", "/shares/bob"), ("DELETE", "/shares/bob")):
        check_problem(client.request(method, f"{job}{end}", headers=bob), 403, "forbidden")
    assert client.delete(job, headers=alice).status_code == 204


def test_a_share_is_changed_and_taken_back(client, job, alice, bob):
    share(client, job, alice, "bob", can_write=True)
    share(client, job, alice, "bob", can_write=False)
    found = client.get(f"{job}/shares", headers=bob).json()
    assert [(item["owner"], item["can_write"]) for item in found["items"]] == [("bob", False)]
    assert client.delete(f"{job}/shares/bob", headers=alice).status_code == 204
    check_problem(client.get(job, headers=bob), 404, "not_found")
    check_problem(client.delete(f"{job}/shares/bob", headers=alice), 404, "not_found")
    nobody = client.put(f"{job}/shares/bbo", json={}, headers=alice)
    check_problem(nobody, 422, "invalid_request", "/owner")


def test_the_list_shows_what_is_shared(client, job, alice, bob):
    share(client, job, alice, "bob", can_write=False)
    own = client.post("/v1/bulk", json=REQUEST, headers=bob).json()["id"]
    shared = job.rpartition("/")[2]
    page = client.get("/v1/bulk?limit=1", headers=bob).json()
    assert (page["total"], [item["id"] for item in page["items"]]) == (2, [own])
    rest = client.get(f"/v1/bulk?after={page['next']}", headers=bob).json()
    assert [item["id"] for item in rest["items"]] == [shared]
    assert client.get(f"/v1/bulk?after={shared}", headers=bob).json()["items"] == []
    assert client.get("/v1/bulk", headers=alice).json()["total"] == 1


def test_the_audit_log_tells_of_shares_which_go_with_the_job(client, job, alice, bob, root, app):
    job_id = job.rpartition("/")[2]
    share(client, job, alice, "bob", can_write=False)
    share(client, job, alice, "bob", can_write=True)
    assert client.delete(f"{job}/shares/bob", headers=alice).status_code == 204
    share(client, job, alice, "bob", can_write=True)
    assert client.delete(job, headers=alice).status_code == 204
    with app.state.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM bulk_shares").scalar() == 0
    entries = client.get("/v1/audit?owner=alice", headers=root).json()["items"]
    changes = [change for entry in entries for change in entry["changes"]]
    row = f"bulk_shares {job_id} bob"
    assert changes == [
        "deleted bulk_jobs",
        f"created {row}",
        f"deleted {row}",
        f"updated {row}",
        f"created {row}",
        f"created bulk_jobs {job_id}",
    ]
    assert entries[1]["action"] == f"PUT {job}/shares/bob"


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
