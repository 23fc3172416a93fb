"""A key that comes twice at the same moment, on every database."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.database import create_session_factory
from app.idempotency import Once, Reply
from tests.app.databases import ON_BOTH


@ON_BOTH
def test_of_two_requests_at_once_one_is_carried_out(app, client):
    sessions = create_session_factory(app.state.engine)
    once = Once("/v1/things", "key", "hash")
    both_have_computed = threading.Barrier(2, timeout=30)
    committed = []

    def commit(session, _):
        committed.append(1)
        return Reply(201, f"thing {len(committed)}")

    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(once.run, sessions, lambda _: both_have_computed.wait, commit)
            for _ in range(2)
        ]
        replies = [run.result() for run in runs]
    assert committed == [1]
    assert replies == [Reply(201, "thing 1")] * 2


@pytest.fixture
def at_once(client):
    """The answers to one request that is sent several times at the same moment."""

    def send(path, body, times=6):
        together = threading.Barrier(times, timeout=30)

        def post():
            together.wait()
            return client.post(path, json=body, headers={"Idempotency-Key": "the same"})

        with ThreadPoolExecutor(times) as pool:
            return [sent.result() for sent in [pool.submit(post) for _ in range(times)]]

    return send


@ON_BOTH
def test_a_request_that_comes_often_at_once_has_one_answer(client, at_once):
    wanted = {"objectives": [{"name": "pIC50", "source": "measured"}], "initial": {"smiles": ["C"]}}
    created = at_once("/v1/campaigns", wanted)
    assert {answer.status_code for answer in created} == {201}
    [path] = {answer.headers["Location"] for answer in created}
    told = at_once(f"{path}/results", [{"smiles": "CCO", "values": {"pIC50": 6.0}}])
    assert {(answer.status_code, answer.text) for answer in told} == {(200, told[0].text)}
    assert client.get(f"{path}/trials").json()["total"] == 1
    jobs = at_once("/v1/bulk", {"operation": {"kind": "score"}})
    assert {(answer.status_code, answer.text) for answer in jobs} == {(201, jobs[0].text)}
    assert (
        client.get("/v1/bulk").json()["total"] == client.get("/v1/campaigns").json()["total"] == 1
    )
