"""Calls are tried again where that can do no harm, and never where it might."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from app.client import (
    Client,
    NoAnswerError,
    NotReadyError,
    ProblemError,
    Retries,
    TooManyRequestsError,
)
from tests.app.client.conftest import CAMPAIGN

LOST = httpx.ReadError("the line was cut")
REFUSED = httpx.ConnectError("nobody listens")


def _problem(status, code, **headers):
    body = {"type": "about:blank", "title": "-", "status": status, "detail": "no", "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


def test_a_lost_answer_creates_nothing_twice(molwright, line, naps):
    line.faults = [LOST, LOST]
    campaign = molwright.campaigns.create(**CAMPAIGN)
    assert [info.id for info in molwright.campaigns.list()] == [campaign.id]
    keys = {request.headers["Idempotency-Key"] for request in line.sent[:3]}
    assert len(keys) == 1
    assert len(naps) == 2


def test_lost_suggestions_and_results_are_not_made_twice(campaign, line, naps):
    line.faults = [LOST]
    asked = campaign.ask()
    line.faults = [LOST]
    told = campaign.tell([{"trial_id": t.trial_id, "values": {"pIC50": 5}} for t in asked])
    assert [t.trial_id for t in told] == [t.trial_id for t in asked]
    assert campaign.read().num_trials == len(asked) == 3
    assert len(naps) == 2


def test_every_call_has_a_key_of_its_own_unless_it_is_given_one(molwright, line):
    first, second = (molwright.campaigns.create(**CAMPAIGN) for _ in range(2))
    assert first.id != second.id
    first, second = (
        molwright.campaigns.create(idempotency_key="monday", **CAMPAIGN) for _ in range(2)
    )
    assert first.id == second.id


def test_an_action_whose_answer_is_lost_is_not_taken_again(campaign, line, naps):
    line.faults = [LOST]
    with pytest.raises(NoAnswerError, match="the line was cut") as caught:
        campaign.start()
    assert caught.value.was_sent
    assert naps == []
    assert campaign.read().state == "running"


def test_an_action_that_never_left_is_taken(campaign, line, naps):
    line.faults = [REFUSED, REFUSED]
    assert campaign.start().state == "running"
    assert len(naps) == 2


def test_nobody_there(naps):
    def refuse(request):
        raise REFUSED

    client = Client(transport=httpx.MockTransport(refuse), retries=Retries(attempts=3))
    with pytest.raises(NoAnswerError, match="nobody listens") as caught:
        client.health.live()
    assert not caught.value.was_sent
    assert len(naps) == 2
    assert naps[0] <= 0.5
    assert naps[1] <= 1.0


@pytest.mark.parametrize("given", ["7", "date"])
def test_it_waits_as_long_as_it_is_told_to(campaign, line, naps, given):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    header = later if given == "date" else given
    line.faults = [_problem(429, "too_many_requests", Retry_After=header)]
    assert campaign.start().state == "running"
    assert [round(nap) for nap in naps] == [7] or 6 < naps[0] <= 8


def test_it_does_not_wait_for_an_hour(molwright, line, naps):
    line.faults = [_problem(429, "too_many_requests", Retry_After="3600")]
    with pytest.raises(TooManyRequestsError) as caught:
        molwright.access.whoami()
    assert caught.value.retry_after == 3600
    assert naps == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_whose_service_is_away(molwright, line, naps, status):
    line.faults = [httpx.Response(status, text="<html>Bad Gateway</html>")]
    assert molwright.health.live().status == "ok"
    assert len(naps) == 1


def test_what_took_too_long_is_asked_again_only_with_a_key(molwright, line, naps):
    line.faults = [_problem(503, "timed_out", Retry_After="1")]
    with pytest.raises(NotReadyError) as caught:
        molwright.molecules.sample(num_molecules=1)
    assert caught.value.code == "timed_out"
    assert naps == []
    line.faults = [_problem(503, "timed_out", Retry_After="1")]
    molwright.campaigns.create(**CAMPAIGN)
    assert len(naps) == 1
    assert naps[0] >= 1


@pytest.mark.parametrize("status", [404, 409, 422, 500])
def test_a_no_is_a_no(molwright, line, naps, status):
    line.faults = [_problem(status, "some_code")]
    with pytest.raises(ProblemError) as caught:
        molwright.health.live()
    assert caught.value.code == "some_code"
    assert naps == []


def test_what_is_missing_is_told_and_not_waited_for(molwright, line, naps):
    body = {"status": "unavailable", "missing": {"worker": "no worker is running"}}
    line.faults = [httpx.Response(503, json=body)]
    assert molwright.health.ready().missing == {"worker": "no worker is running"}
    assert naps == []


def test_a_file_that_broke_off_is_fetched_again(campaign, line, naps, folder):
    class Broken(httpx.SyncByteStream):
        def __iter__(self):
            yield b"trial_id,"
            raise LOST

    campaign.tell([{"smiles": "CCO", "values": {"pIC50": 6}}])
    line.faults = [httpx.Response(200, stream=Broken())]
    path = campaign.trials.export(folder / "trials.csv")
    assert path.read_text().startswith("trial_id,iteration,")
    assert path.read_text().count("trial_id") == 1
    assert len(naps) == 1

    line.faults = [httpx.Response(200, stream=Broken()) for _ in range(5)]
    with pytest.raises(NoAnswerError, match="the line was cut"):
        campaign.trials.export(folder / "more.csv")
    assert list(folder.iterdir()) == [path]
