"""The pages of one campaign, and of several."""

import csv
import io

import pytest
from cachetools import LRUCache
from rdkit import Chem

from app.molecules import depiction
from tests.app.campaigns.conftest import create, iterations, sessions, step  # noqa: F401
from tests.app.pages.conftest import BROWSER, Page

BOTH = [{"name": "qed"}, {"name": "sas", "direction": "minimize"}]
BENCH = {
    "objectives": [{"name": "pIC50", "source": "measured"}, {"name": "qed"}],
    "initial": {
        "num_samples": 0,
        "results": [{"smiles": "CCO", "values": {"pIC50": 5.0}}],
        "smiles": ["CCN", "CCCO"],
    },
    "budget": {"max_evaluations": 100},
}


@pytest.fixture
def finished(client, create, step):  # noqa: F811
    """The page of a campaign that has spent its budget."""

    def run(**changes):
        path = create(**changes)
        client.post(f"{path}/start")
        while step(path):
            pass
        return path.removeprefix("/v1")

    return run


@pytest.fixture
def bench(client, create, step):  # noqa: F811
    """The page of a campaign that waits for two molecules to be measured."""
    path = create(**BENCH)
    client.post(f"{path}/start")
    step(path)
    assert client.get(path).json()["state"] == "waiting"
    return path.removeprefix("/v1")


@pytest.fixture
def post(client):
    def send(path, data=None, status=303, **kwargs):
        response = client.post(path, data=data, headers=BROWSER, follow_redirects=False, **kwargs)
        assert response.status_code == status, response.text
        return response

    return send


def open_trials(client, path):
    items = client.get(f"/v1{path}/trials").json()["items"]
    return [t["trial_id"] for t in items if t["status"] in ("pending", "partial")]


def value_of(client, path, number, name="pIC50"):
    return client.get(f"/v1{path}/trials/{number}").json()["values"][name]


def test_the_overview_shows_the_course_the_front_and_the_best(client, browse, finished):
    path = finished(objectives=BOTH)
    page = browse(path)
    best = client.get(f"/v1{path}/best").json()["items"][0]
    front = client.get(f"/v1{path}/pareto").json()["items"]
    assert page.all("img", alt=f"Structure of {best['smiles']}")
    for trial in front:
        assert page.all("a", href=f"{path}/molecules/{trial['trial_id']}")
    assert {e["data-chart"] for _, e in page.elements if "data-chart" in e} == {
        "best",
        "front",
        "map",
    }
    assert "run some" in page.text
    assert len(page.all("table")) == 3


def test_the_points_are_what_is_stored(client, finished):
    path = finished(objectives=BOTH)
    data = client.get(f"{path}/points.json").json()
    trials = client.get(f"/v1{path}/trials").json()["items"]
    shown = [t for t in trials if t["status"] == "evaluated" and t["reason"] is None]
    assert data["number"] == [t["trial_id"] for t in shown]
    assert data["values"][1] == pytest.approx(
        [t["values"]["sas"]["value"] for t in shown], rel=1e-4
    )
    front = {t["trial_id"] for t in client.get(f"/v1{path}/pareto").json()["items"]}
    assert {n for n, is_on in zip(data["number"], data["front"], strict=True) if is_on} == front
    assert data["best"] == client.get(f"/v1{path}/progress").json()["best_so_far"]
    assert data["baseline"] is None
    assert all(len(at) == 2 for at in data["plane"] if at)


def test_random_draws_that_wanted_the_same_are_the_baseline(client, browse, finished):
    path = finished(name="clever")
    finished(optimizer={"method": "random"}, name="elsewhere", constraints=[])
    assert client.get(f"{path}/points.json").json()["baseline"] is None
    finished(optimizer={"method": "random"}, name="by chance")
    assert client.get(f"{path}/points.json").json()["baseline"]["name"] == "by chance"
    assert "by chance" in browse(path).text


def test_the_head_is_told_only_what_is_new(client, browse, create):  # noqa: F811
    path = create().removeprefix("/v1")
    [head] = browse(path).all("div", id="head")
    assert "hx-get" not in head
    client.post(f"/v1{path}/start")
    [head] = browse(path).all("div", id="head")
    assert head["hx-trigger"] == "every 2s"
    assert client.get(head["hx-get"]).status_code == 204
    client.post(f"/v1{path}/pause")
    changed = client.get(head["hx-get"])
    assert changed.headers["hx-trigger"] == "campaign-changed"
    assert "Paused" in changed.text
    assert "hx-get" not in Page(changed.text).all("div", id="head")[0]


def test_what_may_be_done_is_done(client, browse, post, create):  # noqa: F811
    path = create().removeprefix("/v1")
    for action, state in [
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("cancel", "cancelled"),
    ]:
        assert browse(path).all("form", action=f"{path}/{action}")
        assert post(f"{path}/{action}").headers["location"] == path
        assert client.get(f"/v1{path}").json()["state"] == state
    assert "cancelled" in Page(post(f"{path}/start", status=409).text).text
    post(f"{path}/delete")
    assert client.get(f"/v1{path}").status_code == 404


def test_a_spent_budget_is_raised_and_it_goes_on(client, browse, post, finished):
    path = finished()
    page = browse(path)
    assert not page.all("form", action=f"{path}/resume")
    [field] = page.all("input", name="max_evaluations")
    post(f"{path}/extend", {"max_evaluations": field["value"]})
    campaign = client.get(f"/v1{path}").json()
    assert (campaign["state"], campaign["budget"]["max_evaluations"]) == ("running", 20)


def numbers(page):
    return [int(box["value"]) for box in page.all("input", name="trial")]


def test_molecules_are_sorted_and_filtered(client, browse, finished):
    path = finished(objectives=BOTH)
    trials = client.get(f"/v1{path}/trials").json()["items"]
    evaluated = [t for t in trials if t["status"] == "evaluated"]
    assert numbers(browse(f"{path}/molecules?show=all&sort=oldest")) == [
        t["trial_id"] for t in trials
    ]
    by_sas = sorted(evaluated, key=lambda t: (t["values"]["sas"]["value"], t["trial_id"]))
    assert numbers(browse(f"{path}/molecules?sort=sas")) == [t["trial_id"] for t in by_sas]
    best = sorted(evaluated, key=lambda t: (-t["utility"], t["trial_id"]))
    assert numbers(browse(f"{path}/molecules")) == [t["trial_id"] for t in best]
    front = {t["trial_id"] for t in client.get(f"/v1{path}/pareto").json()["items"]}
    assert set(numbers(browse(f"{path}/molecules?show=front"))) == front
    assert "None yet" in browse(f"{path}/molecules?show=open").text


def test_many_molecules_come_page_by_page(browse, finished, monkeypatch):
    monkeypatch.setattr("app.pages.campaigns.one.molecules.PAGE_SIZE", 4)
    path = finished()
    page = browse(f"{path}/molecules?sort=oldest")
    found = numbers(page)
    while page.all("a", rel="next"):
        page = browse(page.all("a", rel="next")[0]["href"])
        found += numbers(page)
    assert len(found) == len(set(found)) == 10


def test_what_most_share_is_aligned_and_highlighted(client, browse, create):  # noqa: F811
    results = [
        {"smiles": s, "values": {"pIC50": 5.0}}
        for s in ("Cc1ccncc1", "CCc1ccncc1", "CCCc1ccncc1", "CCO")
    ]
    path = create(**BENCH | {"initial": {"num_samples": 0, "results": results}})
    page = browse(f"{path.removeprefix('/v1')}/molecules?show=all&scaffold=true")
    drawings = [image["src"] for image in page.all("img", **{"class": "structure"})]
    assert len(drawings) == 4
    for drawing in drawings:
        assert "align=" in drawing
        assert "highlight=" in drawing
        assert client.get(drawing).status_code == 200


def test_what_a_page_shows_is_drawn_before_it_is_asked_for(client, browse, finished, monkeypatch):
    drawn = []
    real = depiction.depict_svg
    monkeypatch.setattr(depiction, "depict_svg", lambda *a: drawn.append(a) or real(*a))
    monkeypatch.setattr(depiction, "_kept", LRUCache(100))
    page = browse(f"{finished()}/molecules")
    shown = {image["src"] for image in page.all("img", **{"class": "structure"})}
    assert len(drawn) == len(shown) > 0
    for path in shown:
        assert client.get(path).status_code == 200
    assert len(drawn) == len(shown)


def test_typed_values_are_told_replicates_as_such(client, browse, post, bench):
    first, second = open_trials(client, bench)
    page = browse(f"{bench}/molecules?show=open")
    fields = [field["name"] for field in page.all("input", **{"class": "value"})]
    assert fields == [f"v.{first}.pIC50", f"v.{second}.pIC50"]
    location = post(
        f"{bench}/values", {fields[0]: "6.1 6.3", fields[1]: " ", "show": "open", "sort": "best"}
    ).headers["location"]
    assert location == f"{bench}/molecules?show=open&sort=best"
    assert value_of(client, bench, first)["replicates"] == [6.1, 6.3]
    assert open_trials(client, bench) == [second]
    post(f"{bench}/values", {"abandon": str(second)})
    assert client.get(f"/v1{bench}").json()["state"] == "running"


def test_what_is_no_number_is_refused_and_nothing_stored(client, post, bench):
    first, second = open_trials(client, bench)
    data = {f"v.{first}.pIC50": "6.1", f"v.{second}.pIC50": "high"}
    page = Page(post(f"{bench}/values", data, 422).text)
    assert f"molecule {second}: 'high' is no number" in page.text
    assert open_trials(client, bench) == [first, second]
    assert "no value was entered" in post(f"{bench}/values", {}, 422).text


@pytest.mark.parametrize("column", ["pIC50", "value:pIC50"])
def test_a_table_from_the_bench_is_told(client, post, bench, column):
    first, second = open_trials(client, bench)
    table = f"trial_id,{column},note\n{first},6.0,a\n{second},,b\n{first},6.4,c\n"
    post(f"{bench}/values", {"action": "upload"}, files={"bench_file": ("b.csv", table)})
    assert value_of(client, bench, first)["replicates"] == [6.0, 6.4]
    assert open_trials(client, bench) == [second]


def test_the_sheet_that_is_exported_comes_back_filled_in(client, post, bench):
    sheet = list(
        csv.DictReader(io.StringIO(client.get(f"{bench}/export?format=csv&show=open").text))
    )
    assert [int(row["trial_id"]) for row in sheet] == open_trials(client, bench)
    for row in sheet:
        row["value:pIC50"] = "7.5"
    filled = io.StringIO()
    writer = csv.DictWriter(filled, sheet[0])
    writer.writeheader()
    writer.writerows(sheet)
    post(f"{bench}/values", files={"bench_file": ("sheet.csv", filled.getvalue())})
    assert open_trials(client, bench) == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("trial_id,pIC50\n1,high\n", "line 2, pIC50: 'high' is no number"),
        ("trial_id,other\n1,5\n", "name a column pIC50 or qed"),
        ("smiles,pIC50\nC1CC,5\n", "unclosed ring"),
        ("trial_id,pIC50\nfirst,5\n", "trial_id first"),
        ("name,pIC50\na,5\n", "no column"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(client, post, bench, table, said):
    before = open_trials(client, bench)
    response = post(f"{bench}/values", status=422, files={"bench_file": ("b.csv", table)})
    assert said in Page(response.text).text
    assert open_trials(client, bench) == before


def test_the_next_batch_is_asked_for(client, post, bench):
    before = open_trials(client, bench)
    location = post(f"{bench}/ask").headers["location"]
    assert location == f"{bench}/molecules?show=open"
    assert len(open_trials(client, bench)) > len(before)


def test_exports_hold_what_was_chosen(client, finished):
    path = finished(objectives=BOTH)
    front = {t["trial_id"] for t in client.get(f"/v1{path}/pareto").json()["items"]}
    supplier = Chem.SDMolSupplier()
    supplier.SetData(client.get(f"{path}/export?format=sdf&show=front").text)
    assert {int(mol.GetProp("_Name")) for mol in supplier} == front
    picked = client.get(f"{path}/export?format=smi&trial=1&trial=3")
    assert [line.split("\t")[1] for line in picked.text.splitlines()] == ["1", "3"]
    assert "selected.smi" in picked.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}/export?format=csv").text)))
    assert len(rows) == client.get(f"/v1{path}").json()["num_trials"]


def test_the_fits_are_those_of_the_diagnosis_and_kept_until_it_changes(client, browse, finished):
    path = finished()
    [part] = browse(f"{path}/model").all("div", id="fits")
    response = client.get(part["hx-get"])
    [found] = client.get(f"/v1{path}/diagnosis").json()["leave_one_out"]
    page = Page(response.text)
    for item in found["items"]:
        assert page.all("a", href=f"{path}/molecules/{item['trial_id']}")
    assert f"{found['coverage'][0]['share']:.0%}".replace("%", "\xa0%") in page.text
    known = {"If-None-Match": response.headers["etag"]}
    assert client.get(part["hx-get"], headers=known).status_code == 304
    client.patch(f"/v1{path}", json={"name": "other"})
    assert client.get(part["hx-get"], headers=known).status_code == 200


def test_the_log_says_what_was_refused_and_why(client, browse, finished):
    path = finished(constraints=[{"property": "molecular_weight", "max": 60}])
    refused = client.get(f"/v1{path}/trials?status=infeasible").json()["items"]
    assert refused
    page = browse(f"{path}/log")
    assert refused[0]["reason"] in page.text
    assert '"molecular_weight"' in page.text
    assert client.get(f"/v1{path}").json()["model_hash"] in page.text


def test_campaigns_are_compared(client, browse, finished):
    first = finished(name="first", objectives=BOTH)
    second = finished(name="second", objectives=BOTH[::-1], seed=8)
    ids = "&".join(f"id={path.rpartition('/')[2]}" for path in (first, second))
    page = browse(f"/compare?{ids}")
    assert "first" in page.text
    assert "second" in page.text
    data = client.get(f"/compare.json?{ids}").json()
    assert [o["name"] for o in data["objectives"]] == ["qed", "sas"]
    for path, campaign in zip((first, second), data["campaigns"], strict=True):
        assert campaign["best"] == client.get(f"/v1{path}/progress").json()["best_so_far"]
        front = client.get(f"/v1{path}/pareto").json()["items"]
        assert campaign["number"] == [trial["trial_id"] for trial in front]
        assert campaign["values"][0] == [trial["values"]["qed"]["value"] for trial in front]
    assert "no campaign has the id" in browse(f"/compare?{ids}&id=nobody", 404).text
    assert browse("/compare", 422)


def test_an_empty_campaign_has_its_pages_too(browse, create):  # noqa: F811
    path = create().removeprefix("/v1")
    for tab in ("", "/molecules", "/model", "/model/fits", "/log"):
        assert browse(f"{path}{tab}").text
    assert "No molecule has been evaluated yet" in browse(path).text
    assert "Three molecules" in browse(f"{path}/model/fits").text
