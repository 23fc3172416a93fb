"""What is known before a campaign begins: rows of one's own, and an earlier campaign."""

import pytest

from tests.app.campaigns.conftest import REQUEST, assert_problem

PIC50 = [{"name": "pIC50", "source": "measured"}]
ROWS = [
    {"smiles": "CCO", "values": {"pIC50": 5.0}, "metadata": {"lot": "A"}},
    {"smiles": "CCBr", "values": {"pIC50": [4.0, 4.4]}},
    {"smiles": "OCC", "values": {"pIC50": 5.4}, "metadata": {"assay": "x"}},
]


def trials_of(client, path):
    return client.get(f"{path}/trials?limit=1000").json()["items"]


def test_rows_are_told_molecules_and_rows_of_one_compound_its_replicates(client, create, run):
    path = create(objectives=PIC50, initial={"num_samples": 0, "results": ROWS})
    campaign = client.get(path).json()
    assert (campaign["num_trials"], campaign["num_evaluations"]) == (2, 0)
    assert campaign["best_utility"] == pytest.approx(5.2)
    assert campaign["initial"]["results"] == []
    ethanol, other = trials_of(client, path)
    assert (ethanol["method"], ethanol["status"], ethanol["smiles"]) == ("told", "evaluated", "CCO")
    assert ethanol["values"]["pIC50"]["replicates"] == [5.0, 5.4]
    assert ethanol["metadata"] == {"lot": "A", "assay": "x"}
    assert other["latent"] is None  # no word for bromine
    asked = client.post(f"{path}/suggestions").json()["items"]
    assert len(asked) == 4
    assert "CCO" not in {trial["smiles"] for trial in asked}
    assert client.patch(path, json={"batch_size": 3}).status_code == 200


def test_an_earlier_campaign_tells_what_both_want(client, create, run):
    both = [*PIC50, {"name": "qed"}, {"name": "similarity", "parameters": {"smiles": "CCO"}}]
    earlier = create(objectives=both)
    told = [
        {"smiles": "CCO", "values": {"pIC50": [5.0, 6.0]}},
        {"smiles": "CCN", "values": {"pIC50": 4.0}},
    ]
    client.post(f"{earlier}/results", json=told)
    client.post(f"{earlier}/suggestions")
    identity = earlier.rpartition("/")[2]
    other = {"name": "similarity", "parameters": {"smiles": "CCN"}}
    path = create(
        objectives=[*both[:2], other],
        initial={"campaign_id": identity, "results": [{"smiles": "CCN", "values": {"pIC50": 7}}]},
    )
    first, second = trials_of(client, path)
    assert {name: value["source"] for name, value in first["values"].items()} == {
        "pIC50": f"campaign {identity}, trial 0",
        "qed": f"campaign {identity}, trial 0",
        "similarity": "computed",
    }
    assert first["values"]["pIC50"]["replicates"] == [5.0, 6.0]
    assert first["values"]["similarity"]["value"] < 1
    assert second["values"]["pIC50"]["value"] == 7  # one's own row replaces it
    assert client.get(path).json()["initial"]["campaign_id"] == identity


@pytest.mark.parametrize(
    ("rows", "pointer", "says"),
    [
        ([{"smiles": "C1CC", "values": {"pIC50": 5}}], "/initial/results/0", "C1CC"),
        ([ROWS[0], {"smiles": "CCN", "values": {"ic50": 5}}], "/initial/results/1", "pIC50"),
        ([ROWS[0], ROWS[2], {"smiles": "CC", "values": {"pIC50": 1e99}}], "/initial/results/2", ""),
        ([{"smiles": "CCO", "values": {}}], "/initial/results/0/values", ""),
    ],
)
def test_a_row_that_cannot_be_used_is_pointed_at(client, rows, pointer, says):
    request = REQUEST | {"objectives": PIC50, "initial": {"results": rows}}
    problem = assert_problem(client.post("/v1/campaigns", json=request), 422)
    assert problem["errors"][0]["pointer"] == pointer
    assert says in problem["detail"]
    assert client.get("/v1/campaigns").json()["total"] == 0
    reply = client.post("/v1/campaigns/validate", json=request)
    if reply.status_code == 200:
        assert reply.json()["valid"] is False
        assert reply.json()["refused"][0]["pointer"] == pointer


def test_an_unknown_earlier_campaign_is_pointed_at(client):
    request = REQUEST | {"initial": {"campaign_id": "none"}}
    for path in ("/v1/campaigns", "/v1/campaigns/validate"):
        problem = assert_problem(client.post(path, json=request), 422)
        assert problem["errors"][0]["pointer"] == "/initial/campaign_id"
