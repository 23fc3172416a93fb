"""`molwright bench pages`, on a service in this process."""

import re

import pytest

from app.cli import bench_pages
from app.errors import ConfigurationError
from tests.app.campaigns.conftest import create, iterations, run, sessions, step  # noqa: F401

TWO = [{"name": "qed"}, {"name": "sas", "direction": "minimize"}]


@pytest.fixture
def ended(client, create, run):  # noqa: F811
    path = create(objectives=TWO)
    client.post(f"{path}/start")
    return run(path)


def test_every_page_is_timed_and_the_tabs_find_nothing_new(client, ended, monkeypatch, capsys):
    monkeypatch.setattr(bench_pages, "POLL_SECONDS", 0.01)
    asked = []
    monkeypatch.setattr(
        client, "get", lambda path, get=client.get: asked.append((path, get(path))) or asked[-1][1]
    )
    found = bench_pages.read_campaign(client, ended["id"])
    bench_pages.bench_pages(client, found, tabs=3, seconds=0.05)
    said = capsys.readouterr().out
    rows = {line.split("│")[1].strip(): line for line in said.splitlines() if "│" in line}
    for name in (*bench_pages.PAGES, "molecules and their drawings"):
        assert len(re.findall(r"[\d,]+ *│", rows[name])) == 5
    assert "with no page open" in said
    polls = {answer.status_code for path, answer in asked if "seen=" in path}
    assert polls == {204}


def test_the_campaign_is_of_as_many_trials_as_asked(client, step, monkeypatch):  # noqa: F811
    monkeypatch.setattr(bench_pages, "BATCH", 5)

    def work(_):
        for campaign in client.get("/v1/campaigns").json()["items"]:
            step(f"/v1/campaigns/{campaign['id']}")

    monkeypatch.setattr(bench_pages.time, "sleep", work)
    assert bench_pages.run_campaign(client, 12, seed=1)["num_evaluations"] == 12
    monkeypatch.setattr(
        bench_pages.time,
        "sleep",
        lambda _: [
            client.post(f"/v1/campaigns/{campaign['id']}/cancel")
            for campaign in client.get("/v1/campaigns?state=running").json()["items"]
        ],
    )
    with pytest.raises(ConfigurationError, match="cancelled"):
        bench_pages.run_campaign(client, 12, seed=1)
