"""A running campaign is waited for, and seen to go on."""

import pytest

from app.campaigns.repository import CampaignRepository
from app.client import CampaignFailedError, StillRunningError
from app.client import progress as waiting
from tests.app.campaigns.conftest import REQUEST, iterations, sessions, step

__all__ = ["iterations", "sessions", "step"]


@pytest.fixture
def running(molwright):
    campaign = molwright.campaigns.create(name="drug-like", **REQUEST)
    campaign.start()
    return campaign


@pytest.fixture
def meanwhile(monkeypatch):
    """Sets what happens in the time between two polls, instead of it."""

    def do(action):
        monkeypatch.setattr(waiting, "sleep", lambda seconds: action())

    return do


def test_it_ends_with_the_campaign_and_shows_how_far_it_is(running, meanwhile, step, capsys):
    meanwhile(lambda: step(f"/v1/campaigns/{running.id}"))
    info = running.wait()
    assert (info.state, info.num_evaluations) == ("succeeded", 10)
    shown = capsys.readouterr().err
    assert "drug-like: 100%" in shown
    assert "10/10" in shown
    assert f"best={info.best_utility:.4g}, state=succeeded" in shown


def test_without_a_bar_it_is_silent(running, meanwhile, step, capsys):
    meanwhile(lambda: step(f"/v1/campaigns/{running.id}"))
    running.wait(bar=False)
    assert "drug-like" not in capsys.readouterr().err


def test_it_ends_where_somebody_pauses_it(running, meanwhile):
    meanwhile(running.pause)
    assert running.wait(bar=False).state == "paused"


def test_a_failure_is_raised_with_its_reason(running, meanwhile, sessions):
    def fail():
        with sessions.begin() as session:
            row = CampaignRepository(session).get(running.id)
            row.state, row.reason = "failed", "the model is gone"

    meanwhile(fail)
    with pytest.raises(CampaignFailedError, match="the model is gone"):
        running.wait(bar=False)


def test_it_gives_up_and_the_campaign_goes_on(running, meanwhile):
    meanwhile(lambda: None)
    with pytest.raises(StillRunningError, match="0 of 10"):
        running.wait(bar=False, poll_seconds=1, timeout=0.5)
    assert running.read().state == "running"
