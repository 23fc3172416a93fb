import asyncio
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from app import deadline
from app.main import create_app
from tests.app.problems import check_problem


@pytest.fixture
def released():
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def slow(released):
    """Routes that take their time, under a limit of 0.2 s."""
    app = FastAPI()
    ends, closed = [], []

    @app.get("/hangs")
    def hangs() -> None:
        released.wait(30)
        try:
            deadline.check()
        except Exception as error:
            ends.append(error)
            raise

    def held() -> Iterator[SimpleNamespace]:
        thing = SimpleNamespace(is_closed=False)
        try:
            yield thing
        finally:
            thing.is_closed = True

    @app.get("/holds")
    def holds(thing: Annotated[SimpleNamespace, Depends(held, scope="function")]) -> None:
        released.wait(30)
        ends.append(thing)
        closed.append(thing.is_closed)

    @app.get("/streams")
    def streams() -> StreamingResponse:
        def pieces():
            for _ in range(4):
                yield b"x"
                time.sleep(0.1)

        return StreamingResponse(pieces())

    @app.get("/breaks")
    def breaks() -> None:
        raise ZeroDivisionError

    app.add_middleware(deadline.TimeLimit, seconds=0.2)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.ends, client.closed = ends, closed
        yield client


def test_the_caller_is_answered_and_the_work_ends(slow, released):
    response = slow.get("/hangs")
    body = check_problem(response, 503, "timed_out")
    assert "within 0.2 s" in body["detail"]
    assert response.headers["Retry-After"] == "1"
    assert slow.ends == []
    released.set()
    for _ in range(300):
        if slow.ends:
            break
        time.sleep(0.01)
    assert [error.code for error in slow.ends] == ["timed_out"]


def test_what_a_thread_still_uses_is_not_closed_below_it(slow, released):
    check_problem(slow.get("/holds"), 503, "timed_out")
    time.sleep(0.1)
    released.set()
    for _ in range(300):
        if slow.ends and slow.ends[0].is_closed:
            break
        time.sleep(0.01)
    assert slow.closed == [False]
    assert slow.ends[0].is_closed


def test_an_answer_that_has_begun_is_finished(slow):
    assert slow.get("/streams").content == b"xxxx"


def test_a_server_that_gives_up_closes_nothing_below_a_thread(released):
    closed_in_time = []

    async def streaming(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await run_in_threadpool(released.wait, 30)
        finally:
            closed_in_time.append(released.is_set())

    async def send(message):
        begun.set()

    async def give_up():
        limited = deadline.TimeLimit(streaming, seconds=0.01)
        serving = asyncio.ensure_future(limited({"type": "http"}, None, send))
        await begun.wait()
        await asyncio.sleep(0.05)
        serving.cancel()
        await asyncio.sleep(0.05)
        released.set()
        with pytest.raises(asyncio.CancelledError):
            await serving
        for _ in range(300):
            if closed_in_time:
                break
            await asyncio.sleep(0.01)

    begun = asyncio.Event()
    asyncio.run(give_up())
    assert closed_in_time == [True]


def test_a_bug_is_still_one(slow):
    assert slow.get("/breaks").status_code == 500


def test_work_that_no_request_waits_for_goes_on():
    deadline.check()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/properties", {"smiles": ["CCO"]}),
        ("/v1/encode", {"smiles": ["CCO"]}),
        ("/v1/sample", {"num_molecules": 1}),
    ],
)
def test_long_work_looks_at_the_clock(settings, source, path, body):
    limited = settings.model_copy(update={"request_seconds": 1e-9})
    with TestClient(create_app(limited, model_source=source)) as client:
        check_problem(client.post(path, json=body), 503, "timed_out")
