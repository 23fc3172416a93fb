"""The table of campaigns."""

from app.pages.campaigns import listing
from app.pages.sparkline import step_points
from tests.app.campaigns.conftest import create, iterations, sessions, step  # noqa: F401


def test_without_campaigns_the_page_says_how_to_begin(browse):
    assert "Begin the first" in browse("/campaigns").text


def test_a_row_tells_state_budget_and_best(browse, client, create, step):  # noqa: F811
    path = create(name="mine")
    client.post(f"{path}/start")
    while step(path):
        pass
    best = client.get(f"{path}/best").json()["items"][0]
    page = browse("/campaigns")
    assert "Done" in page.text
    assert f"{best['utility']:.3g}" in page.text
    [bar] = page.all("progress")
    assert (bar["value"], bar["max"]) == ("10", "10")
    assert page.all("img", alt=f"Structure of {best['smiles']}")
    assert page.all("polyline")
    assert page.all("a", href=path.removeprefix("/v1"))


def test_states_are_filtered(browse, create):  # noqa: F811
    create(name="a draft")
    assert "a draft" in browse("/campaigns?state=draft").text
    assert "No campaign is in this state" in browse("/campaigns?state=running").text
    assert browse("/campaigns?state=nonsense", 422)


def test_pages_follow_each_other_and_keep_the_filter(browse, create, monkeypatch):  # noqa: F811
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for number in range(3):
        create(name=f"number {number}")
    first = browse("/campaigns?state=draft")
    assert "number 2" in first.text
    assert "number 0" not in first.text
    [older] = first.all("a", rel="next")
    assert "state=draft" in older["href"]
    last = browse(older["href"])
    assert "number 0" in last.text
    assert "number 1" not in last.text
    assert not last.all("a", rel="next")


def test_only_what_runs_asks_again(browse, client, create):  # noqa: F811
    path = create()
    assert not browse("/campaigns").all("div", id="campaign-rows")[0].get("hx-get")
    client.post(f"{path}/start")
    assert browse("/campaigns").all("div", id="campaign-rows")[0]["hx-trigger"] == "every 4s"


def test_who_has_seen_the_table_is_told_nothing_until_it_changes(browse, client, create):  # noqa: F811
    path = create()
    client.post(f"{path}/start")
    [rows] = browse("/campaigns").all("div", id="campaign-rows")
    assert client.get(rows["hx-get"]).status_code == 204
    assert client.get(rows["hx-get"].replace("seen=", "state=draft&seen=")).status_code == 200
    client.patch(path, json={"name": "another"})
    assert "another" in browse(rows["hx-get"]).text


def test_a_small_line_rises_in_steps_from_its_lowest_to_its_highest():
    assert step_points([0.0, 1.0, 1.0]) == "2.0,26.0 60.0,26.0 60.0,2.0 118.0,2.0"
    assert step_points([1.0]) == ""
    assert step_points([0.5, 0.5]) == "2.0,26.0 118.0,26.0"
