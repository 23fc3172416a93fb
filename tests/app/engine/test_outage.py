"""A database that does not answer for a while is nobody's fault: the worker tries again."""

import errno
import sqlite3
import time
from collections import Counter

import psycopg
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import main, outages
from app.bulk.repository import BulkRepository
from app.bulk.states import JobState
from app.campaigns.states import State
from app.campaigns.tables import IterationRow
from app.cli import processes
from app.engine.chunks import BulkChunks
from app.engine.iterations import CampaignIterations
from app.engine.patience import patiently
from app.engine.recovery import MAX_RECOVERIES
from app.engine.runner import launch
from app.known.indexes import KnownIndexes, known_folder
from app.migrating import upgrade
from app.models.store import ModelStore
from tests.app.databases import ON_BOTH
from tests.app.engine.test_bulk import JOB, NUM_CHUNKS, job

__all__ = ["job"]

FULL = OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
GONE = DBAPIError("SELECT", {}, psycopg.InterfaceError("gone"), connection_invalidated=True)
TIMES = MAX_RECOVERIES + 1
"""So many failed runs that nothing would be left of a campaign if each of them counted."""


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch):
    monkeypatch.setattr("app.engine.patience.FIRST_SECONDS", 0.001)
    monkeypatch.setattr("app.engine.patience.MAX_SECONDS", 0.001)


class Troubled:
    """Every other call fails after it did its work, ``TIMES`` times each."""

    def __init__(self, inner):
        self._inner = inner
        self.failed = Counter()

    def __getattr__(self, name):
        def call(*args):
            found = getattr(self._inner, name)(*args)
            if self.failed[name] < TIMES:
                self.failed[name] += 1
                raise FULL
            return found

        return call


@pytest.fixture
def models(settings, source):
    return ModelStore(source, settings.model, settings.device)


def _wait(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_waits_no_longer_is_told_what_is_wrong(monkeypatch):
    tries = []

    def act():
        tries.append(1)
        raise FULL

    clock = iter(range(100))
    monkeypatch.setattr("app.engine.patience.time.monotonic", lambda: next(clock))
    with pytest.raises(OperationalError, match="full"):
        patiently(act, 3)
    assert len(tries) == 4


@pytest.mark.parametrize("start", ["run_service", "run_workers"])
def test_a_process_that_starts_waits_for_its_database(start, settings, monkeypatch):
    tries = []

    def away(engine):
        tries.append(1)
        raise FULL if len(tries) < TIMES else KeyboardInterrupt

    monkeypatch.setattr(processes, "upgrade", away)
    with pytest.raises(KeyboardInterrupt):
        getattr(processes, start)(settings)
    assert len(tries) == TIMES


def test_an_api_that_starts_waits_for_its_database(app, monkeypatch):
    tries = []

    def away(engine):
        tries.append(1)
        if len(tries) < TIMES:
            raise FULL
        upgrade(engine)

    monkeypatch.setattr(main, "upgrade", away)
    with TestClient(app) as client:
        assert client.get("/health/live").status_code == 200
    assert len(tries) == TIMES


@ON_BOTH
def test_a_campaign_outlasts_it(stored, sessions, sql_engine, models):
    iterations = Troubled(CampaignIterations(sessions, models))
    runner = launch(sql_engine, "e" * 32, iterations)
    try:
        _wait(lambda: stored().state is not State.RUNNING)
    finally:
        runner.stop()
    campaign = stored()
    assert (campaign.state, campaign.num_evaluations) == (State.SUCCEEDED, 20), campaign.reason
    assert (iterations.failed["propose"], iterations.failed["commit"]) == (TIMES, TIMES)
    with sessions() as session:
        query = sa.select(IterationRow.iteration).order_by(IterationRow.iteration)
        assert session.scalars(query).all() == [0, 1, 2, 3, 4]


@ON_BOTH
def test_a_bulk_job_outlasts_it(job, sessions, sql_engine, models, settings):
    known = KnownIndexes(known_folder(settings.data_dir), sessions, models)
    chunks = Troubled(BulkChunks(sessions, models, known))
    runner = launch(sql_engine, "e" * 32, CampaignIterations(sessions, models), chunks)

    def found():
        with sessions() as session:
            return BulkRepository(session).get(JOB)

    try:
        _wait(lambda: found().state is not JobState.RUNNING)
    finally:
        runner.stop()
    assert (found().state, found().num_chunks_done) == (JobState.SUCCEEDED, NUM_CHUNKS)
    assert (chunks.failed["compute"], chunks.failed["commit"]) == (TIMES, TIMES)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (FULL, True),
        (GONE, True),
        (InternalError("INSERT", {}, psycopg.InternalError("could not extend file")), True),
        (PoolTimeoutError("no connection is free"), True),
        (InterfaceError("SELECT", {}, psycopg.InterfaceError("a bug")), False),
        (IntegrityError("INSERT", {}, psycopg.IntegrityError("twice")), False),
        (OSError(errno.ENOSPC, "no space left on device"), True),
        (OSError(errno.EACCES, "permission denied"), False),
        (ValueError("a bug"), False),
    ],
)
def test_what_passes_by_itself(error, passes):
    assert outages.passes(error) is passes
    answers = iter([error, None])

    def act():
        answer = next(answers)
        if answer is not None:
            raise answer
        return "done"

    if passes:
        assert patiently(act) == "done"
    else:
        with pytest.raises(type(error)):
            patiently(act)
