"""The form of a new campaign, and what becomes of it."""

import json
import re

import pytest

from app.campaigns.schemas import CampaignRequest
from app.pages.campaigns.creation.body import draft
from app.pages.campaigns.creation.filled import RECIPES, of_request
from app.pages.campaigns.creation.snippets import snippets
from tests.app.campaigns.conftest import REQUEST
from tests.app.pages.conftest import BROWSER, Page

FULL = {
    "name": "everything",
    "objectives": [
        {"name": "qed", "weight": 2.0, "low": 0.2, "high": 0.9},
        {"name": "sas", "direction": "minimize"},
        {"name": "logp", "direction": "target", "target": 2.5, "tolerance": 0.5},
        {
            "name": "tpsa",
            "desirability": [{"x": 20, "y": 0}, {"x": 60, "y": 1}, {"x": 90.5, "y": 0}],
        },
        {"name": "similarity", "parameters": {"smiles": "CCO"}},
        {"name": "pIC50", "source": "measured"},
        {
            "name": "solubility",
            "source": "model",
            "parameters": {
                "data": [{"smiles": "CCO", "value": 1.5}, {"smiles": "CCCO", "value": -2}]
            },
        },
    ],
    "constraints": [
        {"property": "molecular_weight", "min": 100, "max": 450.5},
        {"smarts": "c1ccncc1"},
        {"smarts": "[N+]", "required": False},
        {"alerts": ["PAINS"]},
        {"similar_to": ["CCO", "CCN"], "min_similarity": 0.1},
    ],
    "scalarization": "geometric",
    "initial": {"smiles": ["Oc1ccncc1", "Cc1ccncc1"], "num_samples": 3},
    "optimizer": {"method": "cma_es", "fine_tune_every": 25},
    "budget": {"max_evaluations": 50, "max_seconds": 600},
    "batch_size": 4,
    "seed": 9,
    "model": "toy",
}


@pytest.fixture
def send(client):
    def post(path, data, status=200, **kwargs):
        response = client.post(path, data=data, headers=BROWSER, follow_redirects=False, **kwargs)
        assert response.status_code == status, response.text
        return response

    return post


@pytest.fixture
def check(send):
    def check_form(data):
        return Page(send("/campaigns/new/check", data).text)

    return check_form


def stored(client, location):
    return client.get(f"/v1{location}").json()


def test_a_form_filled_from_a_request_stands_for_the_same_request():
    request = CampaignRequest.model_validate(FULL)
    made = draft(of_request(request))
    assert not made.problems
    assert CampaignRequest.model_validate(made.body) == request


@pytest.mark.parametrize("key", RECIPES)
def test_a_recipe_can_be_used(browse, check, key):
    page = browse(f"/campaigns/new?recipe={key}")
    assert RECIPES[key].hint in page.text
    changes = {"results": "smiles,pIC50\nCCO,5.1\n"} if key == "measured" else {}
    data = page.filled(**changes) | ({"molecules": "Oc1ccncc1"} if key == "scaffold" else {})
    assert "to mend" not in check(data).text


def test_there_is_no_other_recipe(browse):
    assert "there is no recipe" in browse("/campaigns/new?recipe=soup", 404).text


def test_a_form_becomes_a_campaign_that_runs(browse, client, send):
    data = browse("/campaigns/new").filled(
        name="mine", molecules="CCO ethanol\r\nOc1ccncc1\r\n", max_evaluations="12", action="start"
    )
    location = send("/campaigns/new", data, 303).headers["location"]
    campaign = stored(client, location)
    assert campaign["state"] == "running"
    assert campaign["initial"]["smiles"] == ["CCO", "Oc1ccncc1"]
    assert campaign["budget"]["max_evaluations"] == 12
    assert campaign["constraints"] == [{"alerts": ["PAINS", "BRENK"]}]


def test_a_draft_stays_one(browse, client, send):
    data = browse("/campaigns/new").filled(action="draft")
    assert stored(client, send("/campaigns/new", data, 303).headers["location"])["state"] == "draft"


def test_sent_twice_it_is_one_campaign_and_changed_it_is_another(browse, client, send):
    data = browse("/campaigns/new").filled(action="start")
    first = send("/campaigns/new", data, 303).headers["location"]
    assert send("/campaigns/new", data, 303).headers["location"] == first
    assert send("/campaigns/new", data | {"seed": "5"}, 303).headers["location"] != first
    assert client.get("/v1/campaigns").json()["total"] == 2
    fresh = browse("/campaigns/new").filled(action="start")
    assert send("/campaigns/new", fresh, 303).headers["location"] != first


def test_a_refused_line_is_named(browse, check, send, client):
    data = browse("/campaigns/new").filled(molecules="CCO\n\n# mine\nC1CC ring\nCCN\n")
    page = check(data)
    [link] = page.all("a", **{"data-field": "molecules"})
    assert link["data-line"] == "4"
    assert "unclosed ring in 'C1CC'" in page.text
    refused = Page(send("/campaigns/new", data | {"action": "start"}, 422).text)
    assert refused.filled()["molecules"] == ["CCO\n\n# mine\nC1CC ring\nCCN\n"]
    assert refused.all("a", **{"data-field": "molecules"})
    assert client.get("/v1/campaigns").json()["total"] == 0


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"max_evaluations": "many"}, "max_evaluations", "valid integer"),
        ({"o0__goal": "target"}, "o0.target", "go together"),
        ({"o0__goal": "curve", "o0__curve": "3:0 1:1"}, "o0.curve", "rise"),
        ({"o0__goal": "curve", "o0__curve": "tall"}, "o0.curve", "number"),
        ({"required": "C1CC("}, "required", "C1CC("),
        ({"min.logp": "4", "max.logp": "2"}, "min.logp", "4"),
        ({"results": "smiles,qed\nCCO,high\n"}, "results", "number"),
        ({"results": "name,qed\na,1\n"}, "results", "no column 'smiles'"),
        ({"batch_size": "0"}, "batch_size", "greater than or equal to 1"),
        ({"num_samples": "0"}, "molecules", "num_samples"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(browse, check, changes, field, said):
    page = check(browse("/campaigns/new").filled(**changes))
    assert [link["data-field"] for link in page.all("a") if "data-field" in link] == [field]
    assert said in page.text


def test_objectives_come_and_go(browse, send):
    page = browse("/campaigns/new")
    more = page.filled(action="add-objective", objective="sas", name="kept")
    page = Page(send("/campaigns/new/form", more).text)
    assert page.filled()["name"] == ["kept"]
    assert page.filled()["o1.goal"] == ["minimize"]
    page = Page(send("/campaigns/new/form", more).text)
    fewer = page.filled(action="remove-objective:0")
    page = Page(send("/campaigns/new/form", fewer).text)
    assert page.filled()["o0.name"] == ["sas"]
    assert "o1.name" not in page.filled()


SDF = """ethanol
     RDKit          2D

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2990    0.7500    0.0000 C   0  0
    2.5981   -0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
$$$$
broken
nothing
$$$$
"""


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [
        ("a.smi", "CCO ethanol\nCCN\n", "CCO ethanol\nCCN\n"),
        ("a.csv", "name,smiles\nethanol,CCO\n,CCN\n", "CCO ethanol\nCCN\n"),
        ("A.SDF", SDF, "CCO ethanol\n"),
    ],
)
def test_a_file_fills_the_molecules_in(browse, send, name, content, lines):
    data = browse("/campaigns/new").filled(molecules="CCC before")
    page = Page(send("/campaigns/new/form", data, files={"molecule_file": (name, content)}).text)
    assert page.filled()["molecules"] == ["CCC before\n" + lines]
    if name == "A.SDF":
        assert "line 12" in page.text


def test_a_file_of_no_known_kind_is_refused_and_nothing_lost(browse, client):
    data = browse("/campaigns/new").filled()
    response = client.post(
        "/campaigns/new/form",
        data=data,
        files={"molecule_file": ("a.docx", b"PK")},
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 422
    assert response.headers["hx-retarget"] == "#messages"
    assert "ends in none of" in response.text


def test_a_table_of_measurements_becomes_objectives_and_results(browse, send, client):
    data = browse("/campaigns/new?recipe=measured").filled()
    table = "ID;SMILES;IC50 (nM);comment;potency\nx1;CCO;12,5;a;5.5\nx2;CCN;;b;6.5\nx3;CCC;3;c;\n"
    page = Page(send("/campaigns/new/form", data, files={"result_file": ("bench.csv", table)}).text)
    filled = page.filled(action="draft")
    assert filled["o0.name"] == ["potency"]
    assert "o1.name" not in filled
    location = send("/campaigns/new", filled, 303).headers["location"]
    told = client.get(f"/v1{location}/trials").json()["items"]
    assert {t["smiles"]: t["values"]["potency"]["value"] for t in told} == {"CCO": 5.5, "CCN": 6.5}


def test_a_table_without_numbers_is_refused(browse, client):
    response = client.post(
        "/campaigns/new/form",
        data=browse("/campaigns/new").filled(),
        files={"result_file": ("a.csv", "smiles,note\nCCO,good\n")},
        headers=BROWSER,
    )
    assert response.status_code == 422
    assert "no column of numbers" in response.text


def test_a_clone_asks_for_the_same(browse, client, send):
    path = (
        client.post("/v1/campaigns", json=FULL | {"initial": {"num_samples": 3}})
        .headers["Location"]
        .removeprefix("/v1")
    )
    data = browse(f"{path}/clone").filled(action="draft")
    clone = send("/campaigns/new", data, 303).headers["location"]
    assert clone != path
    first, second = stored(client, path), stored(client, clone)
    for member in CampaignRequest.model_fields:
        assert first[member] == second[member], member


def test_another_campaigns_results_may_be_taken_over(browse, client):
    made = client.post("/v1/campaigns", json=REQUEST | {"name": "earlier"}).json()
    page = browse("/campaigns/new")
    assert page.all("option", value=made["id"])


def test_the_snippets_are_the_form(browse, check, client):
    page = check(browse("/campaigns/new?recipe=drug-like").filled())
    text = re.search(r"(\{\n.*?\n\})", page.text, re.DOTALL)[1]
    response = client.post("/v1/campaigns", json=json.loads(text))
    assert response.status_code == 201


def test_the_python_snippet_sends_the_body():
    sent = {}

    class Campaigns:
        def create(self, **body):
            sent.update(body)
            return self

        def start(self):
            sent["started"] = True

        def wait(self):
            pass

    class Client:
        def __init__(self, url):
            sent["url"] = url
            self.campaigns = Campaigns()

    python = snippets(FULL, "http://here", needs_key=False)[2].text
    code = python.replace("from app.client import Client", "")
    exec(code, {"Client": Client})  # noqa: S102
    assert sent == FULL | {"url": "http://here", "started": True}


def test_curl_shows_the_key_where_one_is_needed():
    curl = snippets(FULL, "http://here", needs_key=True)[1].text
    assert curl.count("Bearer $MOLWRIGHT_API_KEY") == 2
    body = curl.partition("<<'JSON'")[2].partition("\n{")[2].partition("\nJSON")[0]
    assert json.loads("{" + body) == FULL
    assert "Bearer" not in snippets(FULL, "http://here", needs_key=False)[1].text
