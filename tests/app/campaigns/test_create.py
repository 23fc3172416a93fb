import json

import pytest

from app.campaigns.records import to_request, to_rows
from app.campaigns.schemas import CampaignRequest
from tests.app.campaigns.conftest import REQUEST, assert_problem
from tests.app.problems import check_problem

FULL = {
    "name": "soluble and drug-like",
    "objectives": [
        {"name": "qed", "direction": "maximize"},
        {"name": "sas", "direction": "minimize"},
        {"name": "logp", "direction": "target", "target": 2.5, "tolerance": 0.5},
        {"name": "pIC50", "source": "measured", "direction": "maximize"},
    ],
    "constraints": [
        {"property": "molecular_weight", "max": 500},
        {"smarts": "c1ccncc1", "required": True},
        {"alerts": ["PAINS", "BRENK"]},
        {"similar_to": "CC(=O)Oc1ccccc1C(=O)O", "min_similarity": 0.4},
    ],
    "initial": {"smiles": ["CCO"], "num_samples": 20},
    "optimizer": {"method": "auto", "fine_tune_every": 50},
    "budget": {"max_evaluations": 500, "max_seconds": 3600},
    "batch_size": 8,
    "seed": 7,
    "model": "toy",
}


def test_the_contract_s_example_is_stored_as_a_draft(client):
    response = client.post("/v1/campaigns", json=FULL)
    assert response.status_code == 201
    campaign = response.json()
    assert response.headers["Location"] == f"/v1/campaigns/{campaign['id']}"
    assert campaign["state"] == "draft"
    assert campaign["model_hash"] == "toy-12-3.0"
    stored = client.get(response.headers["Location"]).json()
    assert stored == campaign
    for name, value in FULL.items():
        found = stored[name]
        if name == "objectives" or name == "constraints":
            found = [{key: found[i][key] for key in sent} for i, sent in enumerate(value)]
        elif isinstance(value, dict):
            found = {key: found[key] for key in value}
        assert found == value


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"objectives": [{"name": "qed"}, {"name": "qeed"}]}, "/objectives/1/name"),
        ({"objectives": [{"name": "qed"}, {"name": "qed"}]}, "/objectives/1/name"),
        ({"objectives": [{"name": "qed", "weight": 0}]}, "/objectives/0/weight"),
        ({"objectives": [{"name": "qed", "weight": 1e308}]}, "/objectives/0/weight"),
        (
            {"objectives": [{"name": "similarity", "parameters": {"smiles": "C1"}}]},
            "/objectives/0/parameters/smiles",
        ),
        ({"name": "x" * 201}, "/name"),
    ],
)
def test_the_offending_member_is_pointed_at(client, change, pointer):
    response = client.post("/v1/campaigns", json=REQUEST | change)
    check_problem(response, 422, "invalid_request", pointer)


def test_a_method_the_model_cannot_run_is_refused_with_what_it_could(client):
    climb = REQUEST | {"optimizer": {"method": "gradient"}}
    response = client.post("/v1/campaigns", json=climb)
    check_problem(response, 422, "invalid_request", "/optimizer/method")
    assert "logp, tpsa" in response.json()["detail"]
    possible = climb | {"objectives": [{"name": "logp"}]}
    assert client.post("/v1/campaigns", json=possible).status_code == 201


@pytest.mark.parametrize(
    ("optimizer", "word"),
    [
        ({"method": "genetic", "fine_tune_every": 5}, "genetic breeds graphs"),
        ({"fine_tune_every": 0}, "greater than or equal to 1"),
    ],
)
def test_a_decoder_that_nobody_can_tune_is_refused(client, optimizer, word):
    response = client.post("/v1/campaigns", json=REQUEST | {"optimizer": optimizer})
    check_problem(response, 422, "invalid_request", "/optimizer/fine_tune_every")
    assert word in response.text


@pytest.mark.parametrize("campaign_id", ["nope", "7c9e6679-f654-4c2b-8d0b-5e3f4a1c2d3e", "x" * 500])
def test_an_unknown_id_is_not_found_whatever_its_form(client, campaign_id):
    assert_problem(client.get(f"/v1/campaigns/{campaign_id}"), 404)


def test_a_request_comes_back_from_its_rows():
    request = CampaignRequest.model_validate(FULL)
    assert to_request(*to_rows("x", request, "hash")) == request


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"objectives": []}, "objectives"),
        ({"objectives": [{"name": "qeed"}]}, "qed"),
        ({"objectives": [{"name": "qed", "direction": "target"}]}, "target"),
        ({"objectives": [{"name": "qed"}, {"name": "qed"}]}, "twice"),
        ({"objectives": [{"name": "a>\n$$$$", "source": "measured"}]}, "pattern"),
        ({"constraints": [{"smarts": "C1CC"}]}, "C1CC"),
        ({"constraints": [{"weight": 3}]}, "exactly one"),
        ({"budget": {"max_evaluations": 0}}, "max_evaluations"),
        ({"budget": {"max_evals": 10}}, "max_evals"),
        ({"initial": {"num_samples": 0}}, "num_samples"),
        ({"batch_size": 100_000}, "batch_size"),
        ({"seed": -1}, "seed"),
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "U+0000"),
        (
            {"objectives": [{"name": "x", "source": "measured", "parameters": {"a": "\ud800"}}]},
            "surrogates",
        ),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(client, change, word):
    body = json.dumps(REQUEST | change)
    response = client.post(
        "/v1/campaigns", content=body, headers={"Content-Type": "application/json"}
    )
    problem = assert_problem(response, 422)
    assert word in str(problem)
    assert client.get("/v1/campaigns").json()["total"] == 0


def test_an_unknown_model_is_not_found(client):
    assert_problem(client.post("/v1/campaigns", json=REQUEST | {"model": "nope"}), 404)


def test_initial_molecules_are_judged_one_by_one(client):
    initial = {"initial": {"smiles": ["CCO", "C1CC", "CC[Si](C)(C)C"]}}
    problem = assert_problem(client.post("/v1/campaigns", json=REQUEST | initial), 422)
    assert [error["pointer"] for error in problem["errors"]] == [
        "/initial/smiles/1",
        "/initial/smiles/2",
    ]
    reply = client.post("/v1/campaigns/validate", json=REQUEST | initial).json()
    assert not reply["valid"]
    assert [item["code"] for item in reply["refused"]] == ["syntax", "unknown_token"]
    assert client.get("/v1/campaigns").json()["total"] == 0


def test_validation_stores_nothing_and_learns_the_time_from_earlier_campaigns(client, create, run):
    first = client.post("/v1/campaigns/validate", json=REQUEST).json()
    assert first["valid"]
    assert first["estimated_seconds"] is None
    path = create()
    client.post(f"{path}/start")
    used = run(path)["seconds_used"]
    second = client.post("/v1/campaigns/validate", json=REQUEST).json()
    assert second["estimated_seconds"] == pytest.approx(used)
    assert client.get("/v1/campaigns").json()["total"] == 1


def test_the_same_key_and_body_create_once(client):
    headers = {"Idempotency-Key": "k"}
    replies = [client.post("/v1/campaigns", json=REQUEST, headers=headers) for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert replies[0].headers["Location"] == replies[1].headers["Location"]
    assert client.get("/v1/campaigns").json()["total"] == 1
    changed = client.post("/v1/campaigns", json=REQUEST | {"seed": 4}, headers=headers)
    assert_problem(changed, 422, "idempotency_key_reused")


def test_campaigns_are_listed_newest_first_page_by_page(client, create):
    paths = [create(name=f"number {index}") for index in range(5)]
    page = client.get("/v1/campaigns?limit=2").json()
    names = [item["name"] for item in page["items"]]
    while page["next"]:
        page = client.get(f"/v1/campaigns?limit=2&after={page['next']}").json()
        names += [item["name"] for item in page["items"]]
    assert names == [f"number {index}" for index in reversed(range(5))]
    client.post(f"{paths[0]}/start")
    assert client.get("/v1/campaigns?state=running").json()["total"] == 1


def test_an_unknown_campaign_is_not_found_anywhere(client):
    for path in ("", "/trials", "/trials/0", "/best", "/progress", "/export"):
        assert_problem(client.get(f"/v1/campaigns/none{path}"), 404)
    for path in ("/start", "/pause", "/resume", "/cancel", "/suggestions"):
        assert_problem(client.post(f"/v1/campaigns/none{path}"), 404)
    assert_problem(
        client.post("/v1/campaigns/none/results", json=[{"trial_id": 0, "values": {"qed": 1}}]), 404
    )
