from datetime import timedelta

import pytest

from app.campaigns.changes import restart
from app.campaigns.repository import CampaignRepository
from app.database import now


@pytest.fixture
def age(sessions):
    """Let a campaign's last progress be so many seconds ago."""

    def change(path, seconds):
        with sessions.begin() as session:
            row = CampaignRepository(session).get(path.rpartition("/")[2])
            row.progress_at = now() - timedelta(seconds=seconds)

    return change


@pytest.fixture
def started(client, create):
    path = create()
    assert client.get(path).json()["alarm"] is None
    assert client.post(f"{path}/start").status_code == 202
    return path


def test_a_campaign_without_progress_has_an_alarm(client, started, age):
    assert client.get(started).json()["alarm"] is None
    age(started, 1_799)
    assert client.get(started).json()["alarm"] is None
    age(started, 3_600)
    campaign = client.get(started).json()
    assert campaign["state"] == "running"
    assert "no iteration was finished for 60 minutes" in campaign["alarm"]
    assert client.get("/v1/campaigns").json()["items"][0]["alarm"] is not None
    renamed = client.patch(started, json={"name": "renamed"}).json()
    assert renamed["alarm"] is not None
    assert "molwright_campaigns_stalled 1.0" in client.get("/metrics").text


def test_an_iteration_ends_it(client, started, age, step):
    age(started, 3_600)
    assert step(started)
    assert client.get(started).json()["alarm"] is None


def test_a_campaign_that_does_not_run_has_none(client, started, age):
    age(started, 3_600)
    client.post(f"{started}/pause")
    assert client.get(started).json()["alarm"] is None
    assert "molwright_campaigns_stalled 0.0" in client.get("/metrics").text
    client.post(f"{started}/resume")
    assert client.get(started).json()["alarm"] is None


def test_being_taken_over_is_no_progress(client, started, age, app, sessions):
    age(started, 3_600)
    with sessions.begin() as session:
        repository = CampaignRepository(session)
        restart(repository, repository.get(started.rpartition("/")[2]), app.state.execution)
    assert client.get(started).json()["alarm"] is not None


def test_the_limit_is_a_setting(settings, source, client, started, age, app):
    age(started, 100)
    app.state.settings = settings.model_copy(update={"stall_seconds": 60.0})
    assert client.get(started).json()["alarm"] is not None


def test_a_campaign_started_before_there_was_such_a_time(client, started, sessions):
    with sessions.begin() as session:
        row = CampaignRepository(session).get(started.rpartition("/")[2])
        row.progress_at = None
        row.started_at = now() - timedelta(hours=2)
    assert "120 minutes" in client.get(started).json()["alarm"]
