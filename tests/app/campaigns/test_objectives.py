"""What a campaign may want, over HTTP: curves, sources, default alerts, contradictions."""

import json
from importlib.metadata import EntryPoint

import httpx
import pytest

from app.campaigns.records import to_request, to_rows
from app.campaigns.schemas import CampaignRequest
from app.oracles.http import allow_http_oracles
from bayesopt.oracles import sources
from bayesopt.oracles.function import GROUP
from bayesopt.oracles.function_process import function_process
from tests.app.campaigns.conftest import REQUEST, assert_problem
from tests.app.problems import check_problem

CURVE = [{"x": 1.0, "y": 0.0}, {"x": 2.0, "y": 1.0}, {"x": 4.0, "y": 0.5}]
DATA = [{"smiles": "C" * n, "value": float(n)} for n in range(1, 8)]
URL = "http://scores.example.org/"


@pytest.fixture
def remote(client):
    """A service on an allowed host; its values are the lengths of the SMILES."""

    async def reply(request):
        smiles = json.loads(request.content)["smiles"]
        return httpx.Response(200, json={"values": [len(item) for item in smiles]})

    allow_http_oracles(["scores.example.org"], transport=lambda: httpx.MockTransport(reply))
    yield
    allow_http_oracles([])


def test_every_kind_of_objective_runs_together(client, create, run, remote):
    path = create(
        objectives=[
            {"name": "logp", "desirability": CURVE},
            {"name": "own", "source": "model", "parameters": {"data": DATA, "penalty": 1.0}},
            {"name": "remote", "source": "http", "parameters": {"url": URL}, "low": 0, "high": 9},
        ],
        scalarization="geometric",
        budget={"max_evaluations": 6},
    )
    client.post(f"{path}/start")
    campaign = run(path)
    assert campaign["state"] == "succeeded"
    assert campaign["scalarization"] == "geometric"
    assert campaign["objectives"][0]["desirability"] == CURVE
    best = client.get(f"{path}/best").json()["items"][0]
    assert 0 <= best["utility"] <= 1
    assert {name: value["source"] for name, value in best["values"].items()} == {
        "logp": "computed",
        "own": "model",
        "remote": "http",
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, [{"alerts": ["PAINS", "BRENK"]}]),
        ({"constraints": []}, []),
        ({"constraints": [{"alerts": ["BRENK"]}]}, [{"alerts": ["BRENK"]}]),
        (
            {"constraints": [{"similar_to": ["CCO", "CCN"], "min_similarity": 0.1}]},
            [{"similar_to": ["CCO", "CCN"], "min_similarity": 0.1}],
        ),
        (
            {"constraints": [{"similar_to": "CCO", "min_similarity": 0.1}]},
            [{"similar_to": "CCO", "min_similarity": 0.1}],
        ),
    ],
)
def test_alerts_are_on_unless_constraints_are_given(client, create, given, kept):
    assert client.get(create(**given)).json()["constraints"] == kept


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (
            {"constraints": [{"property": "tpsa", "max": 1}, {"property": "tpsa", "min": 2}]},
            "/constraints/1",
        ),
        (
            {"objectives": [{"name": "qed", "direction": "target", "target": 2}]},
            "/objectives/0/target",
        ),
        (
            {"objectives": [{"name": "qed", "desirability": CURVE[:1]}]},
            "/objectives/0/desirability",
        ),
        (
            {"objectives": [{"name": "logp", "desirability": CURVE[::-1]}]},
            "/objectives/0/desirability/1/x",
        ),
        (
            {"objectives": [{"name": "x", "source": "http", "parameters": {"url": URL}}]},
            "/objectives/0/parameters/url",
        ),
        (
            {
                "objectives": [
                    {
                        "name": "x",
                        "source": "model",
                        "parameters": {"data": [*DATA, {"smiles": "C1", "value": 1}]},
                    }
                ]
            },
            "/objectives/0/parameters/data/7/smiles",
        ),
        ({"scalarization": "sum"}, "/scalarization"),
    ],
)
def test_what_cannot_be_is_pointed_at(client, change, pointer):
    for path in ("/v1/campaigns", "/v1/campaigns/validate"):
        response = client.post(path, json=REQUEST | change)
        check_problem(response, 422, "invalid_request", pointer)


def test_a_campaign_whose_oracle_was_taken_away_is_still_there(client, create, run, remote):
    path = create(objectives=[{"name": "x", "source": "http", "parameters": {"url": URL}}])
    client.post(f"{path}/start")
    done = run(path)
    assert done["state"] == "succeeded"
    allow_http_oracles([])
    assert client.get(path).json() == done
    assert client.get(f"{path}/best").json()["total"] > 0
    told = [{"smiles": "CCO", "values": {"x": 1.0}}]
    problem = assert_problem(client.post(f"{path}/results", json=told), 409, "conflict")
    assert "MOLWRIGHT_ORACLE_HOSTS" in problem["detail"]
    allow_http_oracles(["scores.example.org"])
    assert client.post(f"{path}/results", json=told).status_code == 200


def test_a_running_campaign_whose_oracle_was_taken_away_fails_by_name(client, create, run, remote):
    path = create(objectives=[{"name": "x", "source": "http", "parameters": {"url": URL}}])
    client.post(f"{path}/start")
    allow_http_oracles([])
    failed = run(path)
    assert failed["state"] == "failed"
    assert "MOLWRIGHT_ORACLE_HOSTS" in failed["reason"]


@pytest.fixture
def function(monkeypatch):
    """Installs functions by name and `module:function`; their processes end with the test."""
    installed = {}

    def install(name, target):
        installed[name] = EntryPoint(name, target, GROUP)

    monkeypatch.setattr(sources, "installed_functions", lambda: installed)
    yield install
    for point in installed.values():
        function_process(point.value).close()


def test_a_function_that_cannot_be_imported_is_refused_before_anything_is_stored(
    client, create, function
):
    function("docking", "tests.bayesopt.user_functions:length")
    function("broken", "tests.bayesopt.user_functions:missing")
    works, fails = [{"name": "docking"}], [{"name": "qed"}, {"name": "broken"}]
    path = create(objectives=works)
    for post in (
        client.post("/v1/campaigns", json=REQUEST | {"objectives": fails}),
        client.post("/v1/campaigns/validate", json=REQUEST | {"objectives": fails}),
        client.patch(path, json={"objectives": fails}),
    ):
        problem = check_problem(post, 422, "invalid_request", "/objectives/1/name")
        assert "has no attribute 'missing'" in problem["detail"]
    assert client.get("/v1/campaigns").json()["total"] == 1
    assert client.get(path).json()["objective_version"] == 1


def test_stored_objectives_come_back_as_they_were():
    request = CampaignRequest.model_validate(
        REQUEST
        | {
            "objectives": [
                {"name": "logp", "desirability": CURVE},
                {"name": "own", "source": "model", "parameters": {"data": DATA}},
            ],
            "scalarization": "pareto",
        }
    )
    assert to_request(*to_rows("x", request, "hash")) == request
    assert request.to_domain().scalarization == "pareto"


def test_sources_say_what_they_take(client):
    items = client.get("/v1/oracles/sources").json()["items"]
    required = {item["source"]: item["parameters"]["required"] for item in items}
    assert required == {"model": ["data"], "http": ["url"]}
