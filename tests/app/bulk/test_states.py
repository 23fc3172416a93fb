"""Cancel, resume, delete; and exactly once, whoever computes."""

import pytest
import sqlalchemy as sa

from app.bulk.repository import BulkRepository
from app.bulk.tables import ChunkRow, RefusalRow
from tests.app.databases import ON_BOTH
from tests.app.problems import check_problem


@pytest.fixture
def started(create, send):
    path = create()
    assert send(path).status_code == 202
    return path


def run_id_of(sessions, path):
    with sessions() as session:
        return BulkRepository(session).get(path.rpartition("/")[2]).run_id


@ON_BOTH
def test_cancel_drops_the_chunk_that_is_being_computed(client, started, sessions, chunks, step):
    step(started)
    job_id, run_id = started.rpartition("/")[2], run_id_of(sessions, started)
    outcome = chunks.compute(job_id, run_id, 1)
    cancelled = client.post(f"{started}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    with sessions.begin() as session:
        assert chunks.commit(session, job_id, run_id, 1, outcome) is False
    assert chunks.compute(job_id, run_id, 2) is None
    assert client.get(started).json()["num_rows_done"] == 3


def test_a_cancelled_job_goes_on_where_it_was(client, started, step, run, rows):
    step(started)
    client.post(f"{started}/cancel")
    before = rows(started)
    resumed = client.post(f"{started}/resume").json()
    assert (resumed["state"], resumed["rows_per_second"]) == ("running", None)
    assert run(started)["state"] == "succeeded"
    after = rows(started)
    assert (after[:3], len(after)) == (before, 7)


@ON_BOTH
def test_a_chunk_that_comes_twice_is_written_once(client, started, sessions, chunks, rows):
    job_id, run_id = started.rpartition("/")[2], run_id_of(sessions, started)
    outcomes = [chunks.compute(job_id, run_id, 0) for _ in range(2)]
    for outcome in outcomes:
        with sessions.begin() as session:
            assert chunks.commit(session, job_id, run_id, 0, outcome) is True
    job = client.get(started).json()
    assert (job["num_rows_done"], job["num_results"], len(rows(started))) == (3, 3, 3)


def test_an_older_run_writes_nothing(client, started, sessions, chunks):
    job_id, run_id = started.rpartition("/")[2], run_id_of(sessions, started)
    outcome = chunks.compute(job_id, run_id, 0)
    client.post(f"{started}/cancel")
    client.post(f"{started}/resume")
    with sessions.begin() as session:
        assert chunks.commit(session, job_id, run_id, 0, outcome) is False
    assert client.get(started).json()["num_rows_done"] == 0


def test_a_state_that_allows_no_action_says_which_does(client, create, started, run):
    problem = check_problem(client.post(f"{create()}/resume"), 409, "wrong_state")
    assert "cancelled or failed" in problem["detail"]
    run(started)
    for action in ("cancel", "resume"):
        check_problem(client.post(f"{started}/{action}"), 409, "wrong_state")


def test_a_cancelled_draft_has_nothing_to_go_on_with(client, create, send):
    path = create()
    assert client.post(f"{path}/cancel").json()["state"] == "cancelled"
    check_problem(client.post(f"{path}/resume"), 409, "wrong_state")
    check_problem(send(path), 409, "wrong_state")


@ON_BOTH
def test_a_deleted_job_leaves_nothing(client, create, send, run, sessions):
    path = create()
    send(path, "CCO\nC1CC\n")
    check_problem(client.delete(path), 409, "wrong_state")
    run(path)
    assert client.delete(path).status_code == 204
    check_problem(client.get(path), 404, "not_found")
    with sessions() as session:
        for table in (ChunkRow, RefusalRow):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_a_job_that_is_created_twice_with_one_key_is_one(client):
    request = {"operation": {"kind": "sample", "around": "prior", "num_molecules": 3}}
    first, again = (
        client.post("/v1/bulk", json=request, headers={"Idempotency-Key": "1"}).json()
        for _ in range(2)
    )
    assert first == again
    assert client.get("/v1/bulk").json()["total"] == 1


@ON_BOTH
def test_the_list_is_newest_first_and_goes_on_behind_its_cursor(client, create, send):
    paths = [create(name=f"job {n}") for n in range(3)]
    send(paths[0])
    first = client.get("/v1/bulk?limit=2").json()
    rest = client.get(f"/v1/bulk?limit=2&after={first['next']}").json()
    names = [item["name"] for item in first["items"] + rest["items"]]
    assert (names, first["total"], rest["next"]) == (["job 2", "job 1", "job 0"], 3, None)
    assert client.get("/v1/bulk?state=running").json()["total"] == 1
    check_problem(client.get("/v1/bulk?after=x"), 404, "not_found")
