import pytest

from app.molecules.collecting import MAX_BATCH, PATIENCE
from bayesopt.constraints import constraint_from_dict
from chemvae.checkpoints import TrainingIndex
from data.fingerprints import morgan, tanimoto
from data.molecules import canonical_smiles, inchi_key, parse
from data.properties import compute
from tests.app.problems import check_problem

START = "Cc1ccc(C(F)(F)F)cc1"


def _sample(client, **request):
    response = client.post("/v1/sample", json=request)
    assert response.status_code == 200, response.text
    return response.json()


def test_molecules_from_the_prior(client):
    reply = _sample(client, num_molecules=25, seed=1)
    assert len(reply["molecules"]) == 25
    for molecule in reply["molecules"]:
        mol = parse(molecule["smiles"])
        assert molecule["smiles"] == canonical_smiles(mol)
        assert molecule["inchi_key"] == inchi_key(mol)
        assert molecule["properties"] == pytest.approx(
            compute(mol, ["logp", "qed", "sas", "molecular_weight"])
        )
        assert (molecule["similarity"], molecule["novel"]) == (None, None)
    assert len({molecule["inchi_key"] for molecule in reply["molecules"]}) == 25
    assert reply["num_attempts"] == 25 + reply["num_invalid"] + reply["num_refused"]


def test_the_same_seed_gives_the_same_molecules(client):
    request = {"num_molecules": 20, "temperature": 0.3}
    first = _sample(client, **request, seed=5)
    assert _sample(client, **request, seed=5) == first
    assert _sample(client, **request, seed=6)["molecules"] != first["molecules"]
    drawn = _sample(client, **request)
    assert _sample(client, **request, seed=drawn["seed"]) == drawn


def test_around_a_molecule(client):
    near, far = (
        _sample(client, smiles=START, scaled_radius=radius, num_molecules=10, seed=1, unique=False)
        for radius in (0.3, 5.0)
    )
    mean = [
        sum(molecule["similarity"] for molecule in reply["molecules"]) / 10 for reply in (near, far)
    ]
    assert mean[0] > mean[1]
    first = near["molecules"][0]
    assert first["similarity"] == pytest.approx(
        tanimoto(morgan(parse(START)), morgan(parse(first["smiles"])))
    )


def test_the_similarity_to_expect_is_told(client):
    def expected(**request):
        return _sample(client, num_molecules=1, seed=1, **request)["expected_similarity"]

    assert expected(smiles=START, scaled_radius=1) == pytest.approx(0.75)
    assert expected(smiles=START, scaled_radius=3) is None, "beyond the radii measured"
    assert expected() is None


def test_a_least_similarity(client):
    request = {"smiles": START, "scaled_radius": 3, "min_similarity": 0.3, "num_molecules": 5}
    reply = _sample(client, **request, seed=1)
    assert reply["molecules"]
    assert all(molecule["similarity"] >= 0.3 for molecule in reply["molecules"])
    assert reply["num_refused"] > 0


@pytest.mark.parametrize(
    "constraint",
    [
        {"property": "molecular_weight", "max": 180},
        {"property": "logp", "min": 1, "max": 3},
        {"smarts": "c1ccncc1", "required": False},
        {"smarts": "C#N"},
        {"alerts": ["PAINS", "BRENK"]},
        {"similar_to": START, "min_similarity": 0.3},
    ],
)
def test_constraints_hold(client, constraint):
    reply = _sample(client, num_molecules=20, constraints=[constraint], seed=3)
    rule = constraint_from_dict(constraint)
    assert reply["molecules"]
    assert reply["num_refused"] > 0
    for molecule in reply["molecules"]:
        assert rule.violation(parse(molecule["smiles"])) is None


def test_what_nothing_satisfies_ends_after_a_bounded_number_of_attempts(client):
    never = {"property": "molecular_weight", "max": 1}
    few, many = (
        _sample(client, num_molecules=wanted, constraints=[never], seed=1) for wanted in (1, 10_000)
    )
    assert (few["molecules"], few["num_attempts"]) == ([], PATIENCE)
    assert few["num_refused"] == PATIENCE - few["num_invalid"]
    assert PATIENCE <= many["num_attempts"] < PATIENCE + MAX_BATCH


def test_duplicates_are_given_when_asked_for(client):
    reply = _sample(client, smiles=START, scaled_radius=0, num_molecules=4, unique=False)
    assert len(reply["molecules"]) == 4
    assert len({molecule["smiles"] for molecule in reply["molecules"]}) == 1
    reply = _sample(client, smiles=START, scaled_radius=0, num_molecules=4)
    assert len(reply["molecules"]) == 1


def test_the_properties_that_are_asked_for(client):
    reply = _sample(client, num_molecules=1, properties=["tpsa"])
    assert reply["molecules"][0]["properties"].keys() == {"tpsa"}
    assert _sample(client, num_molecules=1, properties=[])["molecules"][0]["properties"] == {}


def test_novelty_is_told_from_the_training_index(client, tmp_path):
    known = _sample(client, num_molecules=3, seed=1)["molecules"][0]
    client.app.state.models._indexes.clear()
    TrainingIndex.of([known["inchi_key"]]).write(tmp_path)
    reply = _sample(client, num_molecules=3, seed=1)
    assert [molecule["novel"] for molecule in reply["molecules"]] == [False, True, True]


@pytest.mark.parametrize(
    ("request_", "code", "pointer"),
    [
        ({"smiles": "C1CC"}, "syntax", "/smiles"),
        ({"smiles": "C[Si](C)(C)C"}, "unknown_token", "/smiles"),
        ({"min_similarity": 0.5}, "invalid_request", ""),
        ({"min_similarity": 1.5, "smiles": "C"}, "invalid_request", "/min_similarity"),
        ({"scaled_radius": -1, "smiles": "C"}, "invalid_request", "/scaled_radius"),
        ({"num_molecules": 10_001}, "invalid_request", "/num_molecules"),
        ({"properties": ["qde"]}, "invalid_request", "/properties/0"),
    ],
)
def test_a_bad_request_is_refused_whole(client, request_, code, pointer):
    check_problem(client.post("/v1/sample", json=request_), 422, code, pointer)


@pytest.mark.parametrize(
    ("constraint", "pointer"),
    [
        ("light", ""),
        ({}, ""),
        ({"smarts": "C", "alerts": []}, ""),
        ({"smarts": "C("}, "/smarts"),
        ({"smarts": "C", "require": True}, "/require"),
        ({"alerts": ["PAIN"]}, "/alerts/0"),
        ({"property": "mass", "max": 1}, "/property"),
        ({"property": "qed"}, "/min"),
        ({"property": "qed", "min": 1, "max": 0}, "/min"),
        ({"similar_to": "C1", "min_similarity": 0.1}, "/similar_to"),
        ({"similar_to": "C", "min_similarity": 2}, "/min_similarity"),
        ({"similar_to": "C"}, "/min_similarity"),
    ],
)
def test_a_bad_constraint_is_pointed_at(client, constraint, pointer):
    good = {"smarts": "C"}
    response = client.post("/v1/sample", json={"constraints": [good, constraint]})
    check_problem(response, 422, "invalid_request", f"/constraints/1{pointer}")


@pytest.mark.parametrize("field", ["temperature", "scaled_radius"])
def test_nan_is_no_setting(client, field):
    response = client.post(
        "/v1/sample",
        content=f'{{"{field}": NaN}}',
        headers={"content-type": "application/json"},
    )
    check_problem(response, 422, "invalid_request", f"/{field}")
