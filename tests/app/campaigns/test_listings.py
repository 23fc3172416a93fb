"""Every listing is read through an index, page behind page, on every database."""

import json

import pytest
import sqlalchemy as sa

from app.access.actor import Actor, Scope
from app.access.sharing import visible_to
from app.campaigns.records import to_rows
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import State
from app.campaigns.tables import IterationRow, TrialRow
from app.database import create_engine, create_session_factory, now
from bayesopt.trial import TrialStatus
from tests.app.databases import ON_BOTH
from tests.app.engine.conftest import REQUEST

pytestmark = ON_BOTH
CAMPAIGN = f"{3:032}"
ADMIN, ALICE = Actor(None, Scope.ADMIN), Actor("alice", Scope.READ)


@pytest.fixture
def engine(settings):
    engine = create_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def repository(engine):
    """Seven campaigns, two of an instant; one of them has twelve trials."""
    instant = now()
    with create_session_factory(engine)() as session:
        repository = CampaignRepository(session)
        for number in range(7):
            row, version = to_rows(f"{number:032}", REQUEST, "hash")
            row.created_at = instant if number in (2, 3, 4) else now()
            row.state = State.PAUSED if number % 2 else State.DRAFT
            row.owner = None if number == 6 else "alice"
            repository.add(row, version)
        for number in range(12):
            session.add(_trial(number))
        session.add(_iteration())
        session.flush()
        yield repository
        session.rollback()


def _trial(number):
    return TrialRow(
        campaign_id=CAMPAIGN,
        number=number,
        iteration=0,
        status="evaluated" if number % 3 else "infeasible",
        method="random",
        utility=float(number % 5) if number % 3 else None,
        model_hash="hash",
        objective_version=1,
        seed=0,
    )


def _iteration():
    return IterationRow(
        campaign_id=CAMPAIGN, iteration=0, num_trials=12, num_evaluations=8, seconds=1.0
    )


@pytest.mark.parametrize("actor", [ADMIN, ALICE])
@pytest.mark.parametrize("state", [None, State.PAUSED])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_campaigns_hold_each_once(repository, actor, state, limit):
    visible = visible_to(actor)
    whole, total = repository.newest(None, state, 100, visible)
    found, after = [], None
    while page := repository.newest(after, state, limit, visible)[0]:
        found += page
        after = page[-1].id
    assert [row.id for row in found] == [row.id for row in whole]
    everyone = 7 if actor is ADMIN else 6
    assert len(found) == total == (everyone if state is None else 3)


@pytest.mark.parametrize("status", [None, TrialStatus.EVALUATED])
@pytest.mark.parametrize("sort", ["number", "-number", "utility", "-utility"])
@pytest.mark.parametrize("limit", [1, 5])
def test_pages_of_trials_hold_each_once(repository, status, sort, limit):
    whole = repository.trials(CAMPAIGN, status=status, sort=sort)
    found, after = [], None
    while page := repository.trials(CAMPAIGN, status=status, sort=sort, after=after, limit=limit):
        found += page
        after = page[-1]
    assert [row.number for row in found] == [row.number for row in whole]
    assert len(found) == (12 if status is None else 8)


@pytest.fixture
def plans(repository, engine):
    """How the database would carry out the queries that a call sends, were its tables large."""
    session = repository.session

    def explain(call):
        sent = []

        def note(connection, cursor, statement, parameters, context, many):
            sent.append((statement, parameters))

        sa.event.listen(engine, "before_cursor_execute", note)
        call()
        sa.event.remove(engine, "before_cursor_execute", note)
        connection = session.connection()
        if engine.dialect.name == "sqlite":
            return [
                " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {q}", p))
                for q, p in sent
            ]
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        return [
            json.dumps(connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {q}", p).scalar())
            for q, p in sent
        ]

    return explain


def _uses_index(plan):
    return "INDEX" in plan.upper() and "SEQ SCAN" not in plan.upper()


def _sorts(plan):
    return "TEMP B-TREE" in plan or '"Sort"' in plan


@pytest.mark.parametrize("state", [None, State.PAUSED])
@pytest.mark.parametrize("after", [None, CAMPAIGN])
@pytest.mark.parametrize("actor", [ADMIN, ALICE])
def test_a_page_of_campaigns_is_read_in_order(repository, plans, state, after, actor):
    *_, page = plans(lambda: repository.newest(after, state, 2, visible_to(actor)))
    assert _uses_index(page), page
    # What one owner may see is found by owner and by share, then sorted: it is little.
    assert not _sorts(page) or actor is ALICE, page


@pytest.mark.parametrize("sort", ["number", "-number"])
@pytest.mark.parametrize("status", [None, TrialStatus.EVALUATED])
def test_a_page_of_trials_is_read_in_order(repository, plans, sort, status):
    after = repository.trial(CAMPAIGN, 6)
    page, _ = plans(
        lambda: repository.trials(CAMPAIGN, status=status, sort=sort, after=after, limit=2)
    )
    assert _uses_index(page), page
    assert not _sorts(page), page


def test_sorting_by_utility_reads_one_campaign(repository, plans):
    for plan in plans(lambda: repository.trials(CAMPAIGN, sort="-utility", limit=2)):
        assert _uses_index(plan), plan


def test_what_runs_is_found_without_reading_what_does_not(repository, plans):
    for plan in plans(repository.running) + plans(lambda: repository.find_by_run("r")):
        assert _uses_index(plan), plan


def test_versions_and_iterations_are_read_in_order(repository, plans, engine):
    (versions,) = plans(lambda: repository.versions(CAMPAIGN))
    assert _uses_index(versions)
    assert not _sorts(versions)
