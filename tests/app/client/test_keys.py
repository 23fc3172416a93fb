"""The client at a service that asks for keys."""

import pytest

from app.access.actor import Scope
from app.client import (
    Client,
    ForbiddenError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)
from tests.app.access.conftest import give, sessions, settings
from tests.app.client.conftest import CAMPAIGN

__all__ = ["give", "sessions", "settings"]


@pytest.fixture
def connect(line, give):
    """A client with a new key of somebody's."""

    def make(owner, scope=Scope.WRITE, **limits):
        key = give(owner, scope, **limits)["Authorization"].removeprefix("Bearer ")
        return Client("http://testserver", api_key=key, transport=line)

    return make


def test_without_a_key_it_is_told_how_to_get_one(molwright):
    with pytest.raises(UnauthorizedError, match="molwright keys create"):
        molwright.access.whoami()


def test_a_key_that_may_only_read(connect):
    client = connect("alice", Scope.READ)
    assert client.access.whoami().owner == "alice"
    assert client.campaigns.validate(**CAMPAIGN).valid
    with pytest.raises(ForbiddenError):
        client.campaigns.create(**CAMPAIGN)


def test_a_campaign_that_is_shared(connect):
    alice, bob = connect("alice"), connect("bob")
    campaign = alice.campaigns.create(**CAMPAIGN)
    theirs = bob.campaigns.open(campaign.id)
    with pytest.raises(NotFoundError):
        theirs.read()
    campaign.sharing.add("bob")
    assert [info.id for info in bob.campaigns.list()] == [campaign.id]
    assert [entry.owner for entry in campaign.sharing.audit()] == ["alice", "alice"]


def test_a_bulk_job_that_is_shared(connect):
    alice, bob = connect("alice"), connect("bob")
    job = alice.bulk.create(operation={"kind": "library"})
    with pytest.raises(NotFoundError):
        bob.bulk.get(job.id).info()
    assert job.sharing.add("bob").can_write is False
    assert [info.id for info in bob.bulk.list(kind="library")] == [job.id]
    assert [share.owner for share in bob.bulk.get(job.id).sharing.list()] == ["bob"]
    with pytest.raises(ForbiddenError):
        bob.bulk.get(job.id).delete()
    job.sharing.remove("bob")
    assert list(bob.bulk.list()) == []


def test_a_key_that_asks_too_often_waits_for_its_turn(connect, naps):
    client = connect("alice", requests_per_minute=1)
    client.access.whoami()
    with pytest.raises(TooManyRequestsError) as caught:
        client.access.whoami()
    assert len(naps) == 4
    assert min(naps) >= caught.value.retry_after >= 1
