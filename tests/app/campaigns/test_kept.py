"""Replies that are kept: never another than would be made now."""

from types import SimpleNamespace

import pytest

from app.campaigns import insight_router, reading_router
from app.campaigns.trial_replies import TrialReply
from app.keep import Keep

READS = (
    "/v1/campaigns",
    "{path}",
    "{path}/trials",
    "{path}/trials?limit=2",
    "{path}/trials?sort=-utility",
    "{path}/best",
    "{path}/pareto",
    "{path}/progress",
)
MEASURED = [{"name": "pIC50", "source": "measured"}, {"name": "qed"}]


@pytest.fixture
def made(monkeypatch):
    """The trials of replies that were made, not kept."""
    made = []

    class Counted(TrialReply):
        @classmethod
        def of(cls, row):
            made.append(row.number)
            return TrialReply.of(row)

    monkeypatch.setattr(reading_router, "TrialReply", Counted)
    monkeypatch.setattr(insight_router, "TrialReply", Counted)
    return made


@pytest.fixture
def path(create):
    return create(objectives=MEASURED, budget={"max_evaluations": 100})


def ask(client, path):
    """Bodies and ETags of all reads; each body is the one that a service that keeps none sends."""
    kept = client.app.state.kept_replies
    replies = {name: client.get(name.format(path=path)) for name in READS}
    client.app.state.kept_replies = Keep(0, len)
    for name, reply in replies.items():
        assert reply.status_code == 200
        assert reply.content == client.get(name.format(path=path)).content
    client.app.state.kept_replies = kept
    return {name: (reply.content, reply.headers["ETag"]) for name, reply in replies.items()}


def test_a_reply_is_made_once(client, path, made):
    client.post(f"{path}/results", json=[{"smiles": "CCO", "values": {"pIC50": 6.0}}])
    first = client.get(f"{path}/best")
    assert made == [0]
    again = client.get(f"{path}/best")
    assert made == [0]
    assert again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"]
    client.get(f"{path}/best?limit=5")
    assert made == [0, 0]


def test_who_has_it_is_told_so(client, path):
    for name in READS:
        etag = client.get(name.format(path=path)).headers["ETag"]
        reply = client.get(name.format(path=path), headers={"If-None-Match": f'W/"x", {etag}'})
        assert (reply.status_code, reply.content) == (304, b"")
        other = client.get(name.format(path=path), headers={"If-None-Match": '"x"'})
        assert other.status_code == 200


def test_no_reply_outlives_a_change(client, path, step):
    trial = f"{path}/trials/0"
    changes = [
        lambda: client.post(f"{path}/suggestions"),
        lambda: client.patch(trial, json={"values": {"pIC50": 6.0}}),
        lambda: client.patch(trial, json={"values": {"pIC50": 7.0}}),
        lambda: client.patch(trial, json={"note": "misread"}),
        lambda: client.patch(trial, json={"values": {"pIC50": None}}),
        lambda: client.post(f"{path}/results", json=[{"smiles": "CCN", "values": {"pIC50": 5.0}}]),
        lambda: client.patch(path, json={"objectives": [{"name": "qed"}]}),
        lambda: client.patch(path, json={"name": "another"}),
        lambda: client.patch(path, json={"budget": {"max_evaluations": 50}}),
        lambda: client.post(f"{path}/start"),
        lambda: step(path),
        lambda: client.post(f"{path}/pause"),
        lambda: client.post(f"{path}/cancel"),
    ]
    before = ask(client, path)
    for number, change in enumerate(changes):
        reply = change()
        assert reply is True or reply.status_code in (200, 201, 202), (number, reply.text)
        after = ask(client, path)
        for name in READS:
            assert before[name][1] != after[name][1], (number, name)
        before = after


def test_a_campaign_that_is_gone_has_no_reply(client, path):
    etag = client.get(f"{path}/best").headers["ETag"]
    assert client.delete(path).status_code == 204
    assert client.get(f"{path}/best", headers={"If-None-Match": etag}).status_code == 404


def test_another_version_has_other_names(client, path):
    etag = client.get(path).headers["ETag"]
    client.app.version = "another"
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_progress_knows_whether_the_training_set_is_known(client, path, monkeypatch):
    client.post(f"{path}/suggestions")
    before = client.get(f"{path}/progress").json()["novel_share"]
    index = None if before is not None else SimpleNamespace(count=lambda keys: 0)
    monkeypatch.setattr(client.app.state.models, "training_index", lambda name: index)
    assert client.get(f"{path}/progress").json()["novel_share"] != before
