"""Threads and connections: many requests at once take turns with both, and never wait in a ring."""

import asyncio
from collections import Counter

import anyio.to_thread
import httpx
import pytest

from app import database, main, transactions
from tests.app.campaigns.conftest import REQUEST

CROWD = 12


@pytest.fixture
def narrow(settings, source, monkeypatch):
    """A service of two threads and two connections."""
    for backend in database.POOL:
        room = {"pool_size": 2, "max_overflow": 0, "pool_timeout": 20}
        monkeypatch.setitem(database.POOL, backend, room)
    monkeypatch.setattr(main, "MAX_HOLDERS", 1)
    return main.create_app(settings, model_source=source, worker_status=lambda sessions: None)


@pytest.mark.parametrize("end", ["/objectives", "/shares", "/trials", ""])
def test_a_crowd_is_answered(narrow, end):
    async def crowd():
        anyio.to_thread.current_default_thread_limiter().total_tokens = 2
        transport = httpx.ASGITransport(narrow)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            path = (await client.post("/v1/campaigns", json=REQUEST)).headers["Location"]
            paths = [f"{path}{end}"] * CROWD + ["/metrics"] * 2
            return await asyncio.gather(*[client.get(path) for path in paths])

    assert [answer.status_code for answer in asyncio.run(crowd())] == [200] * (CROWD + 2)


def test_a_crowd_that_writes_is_answered(settings, source, monkeypatch):
    """Who has the lock of the database gets a thread to give it back."""
    monkeypatch.setattr(main, "MAX_WRITERS", 1)
    narrow = main.create_app(settings, model_source=source, worker_status=lambda sessions: None)

    async def crowd():
        anyio.to_thread.current_default_thread_limiter().total_tokens = 2
        transport = httpx.ASGITransport(narrow)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            path = (await client.post("/v1/campaigns", json=REQUEST)).headers["Location"]
            created = [client.post("/v1/campaigns", json=REQUEST) for _ in range(CROWD)]
            started = [client.post(f"{path}/start") for _ in range(CROWD)]
            mixed = [one for pair in zip(created, started, strict=True) for one in pair]
            return await asyncio.gather(*mixed)

    statuses = Counter(answer.status_code for answer in asyncio.run(crowd()))
    assert statuses[201] == CROWD
    assert statuses.keys() <= {200, 201, 202, 409}


def test_there_are_fewer_holders_than_threads_and_connections():
    async def threads():
        return anyio.to_thread.current_default_thread_limiter().total_tokens

    connections = [room["pool_size"] + room["max_overflow"] for room in database.POOL.values()]
    assert (
        min(asyncio.run(threads()), *connections)
        > transactions.MAX_HOLDERS + transactions.MAX_WRITERS
    )
