import pytest
from rdkit import Chem

from data.molecules import canonical_smiles
from tests.app.problems import check_problem

SCAFFOLD = "*c1ccncc1"


def _complete(client, **request):
    response = client.post("/v1/complete", json=request)
    assert response.status_code == 200, response.text
    return response.json()


def test_every_molecule_contains_the_scaffold(client):
    reply = _complete(client, fragment=SCAFFOLD, num_molecules=12, seed=1)
    assert len(reply["molecules"]) == 12
    pattern = Chem.MolFromSmarts("[#6]-c1ccncc1")
    for molecule in reply["molecules"]:
        assert Chem.MolFromSmiles(molecule["smiles"]).HasSubstructMatch(pattern)
        assert molecule["smiles"] == canonical_smiles(molecule["smiles"])
        assert set(molecule["properties"]) == {"logp", "qed", "sas", "molecular_weight"}
    assert reply["num_attempts"] >= 12


def test_a_prefix_is_continued(client):
    reply = _complete(client, fragment="CC", num_molecules=5, seed=1)
    assert all(molecule["smiles"].startswith("CC") for molecule in reply["molecules"])


def test_the_same_seed_gives_the_same_molecules(client):
    request = {"fragment": SCAFFOLD, "num_molecules": 5}
    first = _complete(client, **request)
    assert _complete(client, **request, seed=first["seed"]) == first
    other = _complete(client, **request, seed=(first["seed"] + 1) % 1000)
    assert other["molecules"] != first["molecules"]


def test_it_may_continue_at_a_molecule(client):
    near, far = (
        _complete(client, fragment=SCAFFOLD, num_molecules=1, temperature=0, seed=1, smiles=smiles)
        for smiles in ("Cc1ccc(Cc2ccncc2)cc1", "CCCCCCN1CCC(Cc2ccncc2)CC1")
    )
    assert near["molecules"] != far["molecules"]


def test_constraints_hold(client):
    request = {"fragment": SCAFFOLD, "num_molecules": 5, "seed": 1}
    reply = _complete(client, **request, constraints=[{"property": "molecular_weight", "max": 200}])
    assert reply["num_refused"] > 0
    assert all(molecule["properties"]["molecular_weight"] <= 200 for molecule in reply["molecules"])


@pytest.mark.parametrize(
    ("fragment", "code", "named"),
    [
        ("*c1ccncc1*", "cannot_continue", "2 atoms *"),
        ("*c1ccncc", "syntax", "unclosed ring"),
        ("XYZ", "cannot_continue", "'XYZ'"),
        (" ", "cannot_continue", "empty"),
        ("", "invalid_request", ""),
    ],
)
def test_what_cannot_be_continued_is_refused_with_the_reason(client, fragment, code, named):
    response = client.post("/v1/complete", json={"fragment": fragment})
    assert named in check_problem(response, 422, code, "/fragment")["detail"]
