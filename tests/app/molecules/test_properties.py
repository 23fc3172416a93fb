import pytest

from bayesopt.oracles import available_oracles
from data.molecules import parse
from data.properties import PROPERTIES, compute
from tests.app.problems import check_problem

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_all_properties_unless_named(client):
    reply = client.post("/v1/properties", json={"smiles": ["OC(=O)c1ccccc1OC(C)=O"]}).json()
    assert reply["items"] == [
        {
            "canonical_smiles": ASPIRIN,
            "inchi_key": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
            "properties": pytest.approx(compute(parse(ASPIRIN), PROPERTIES)),
        }
    ]


def test_named_properties_and_a_bad_molecule_that_fails_alone(client):
    request = {"smiles": ["CCO", "C1", "CC"], "properties": ["qed", "logp"]}
    items = client.post("/v1/properties", json=request).json()["items"]
    assert [list(item.get("properties", [])) for item in items] == [
        ["qed", "logp"],
        [],
        ["qed", "logp"],
    ]
    assert items[1]["error"]["code"] == "syntax"


@pytest.mark.parametrize(
    ("request_", "status", "code", "pointer"),
    [
        ({}, 422, "invalid_request", "/smiles"),
        ({"smiles": "C"}, 422, "invalid_request", "/smiles"),
        ({"smiles": ["C"], "properties": ["logP"]}, 422, "invalid_request", "/properties/0"),
        ({"smiles": ["C"] * 10_001}, 413, "too_large", "/smiles"),
    ],
)
def test_bad_requests(client, request_, status, code, pointer):
    check_problem(client.post("/v1/properties", json=request_), status, code, pointer)


def test_oracles(client):
    reply = client.get("/v1/oracles").json()
    assert [item["name"] for item in reply["items"]] == [s.name for s in available_oracles()]
    assert (reply["total"], reply["next"]) == (len(reply["items"]), None)
    by_name = {item["name"]: item for item in reply["items"]}
    assert by_name["qed"]["direction"] == "maximize"
    assert by_name["similarity"]["parameters"]["required"] == ["smiles"]
