"""Neighbours in the training set of the served model."""

import pytest

from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from tests.app.problems import check_problem
from tests.toys import library


def ask(client, smiles, **members):
    response = client.post("/v1/neighbours", json={"smiles": smiles} | members)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("space", ["latent", "fingerprint"])
def test_the_nearest_are_those_of_a_comparison_with_each(client, model, trained_on, space):
    smiles = library()[100]
    found = ask(client, smiles, k=5, space=space)

    def similarity(other):
        return tanimoto(morgan(parse(smiles)), morgan(parse(other)))

    def distance(other):
        one, two = (item.mean for item in model.encode([smiles, other]))
        return float((one - two).norm())

    key = distance if space == "latent" else (lambda other: -similarity(other))
    expected = sorted(trained_on, key=key)[:5]
    assert [item["smiles"] for item in found["neighbours"]] == expected
    for item in found["neighbours"]:
        assert item["library"] == "training"
        assert item["same_compound"] is False
        assert item["fingerprint_distance"] == pytest.approx(1 - similarity(item["smiles"]))
        assert item["latent_distance"] == pytest.approx(distance(item["smiles"]), abs=1e-5)
    assert found["num_compared"] == len(trained_on)
    assert (found["model"], found["smiles"]) == ("toy", smiles)


def test_a_molecule_of_the_training_set_finds_itself_by_another_spelling(client, trained_on):
    found = ask(client, "Cc1ccc(C)cc1.Cl", k=1)
    [itself] = found["neighbours"]
    assert found["in_training_set"] is True
    assert (itself["smiles"], itself["name"]) == (trained_on[0], "mol-0")
    assert itself["same_compound"] is True
    assert itself["fingerprint_distance"] == 0
    assert itself["latent_distance"] == pytest.approx(0, abs=1e-6)


def test_what_was_held_out_is_not_in_the_training_set(client, trained_on):
    found = ask(client, library()[60], k=1)
    assert found["in_training_set"] is False
    assert found["neighbours"][0]["same_compound"] is False


def test_a_threshold_leaves_out_what_is_less_similar(client, trained_on):
    found = ask(client, trained_on[3], k=100, min_similarity=0.5)["neighbours"]
    everything = ask(client, trained_on[3], k=100)["neighbours"]
    assert len(everything) == len(trained_on)
    assert found == [item for item in everything if item["fingerprint_distance"] <= 0.5]
    assert 0 < len(found) < len(everything)


def test_a_molecule_the_model_does_not_know_is_compared_by_fingerprint_alone(client, trained_on):
    found = ask(client, "C[Si](C)(C)c1ccc(C)cc1", k=3)["neighbours"]
    assert len(found) == 3
    assert {item["latent_distance"] for item in found} == {None}
    request = {"smiles": "C[Si](C)C", "space": "latent"}
    body = check_problem(client.post("/v1/neighbours", json=request), 422, "unknown_token")
    assert body["errors"][0]["pointer"] == "/smiles"


@pytest.mark.parametrize(
    ("members", "code", "pointer"),
    [
        ({"smiles": "C1CC"}, "syntax", "/smiles"),
        ({"k": 0}, "invalid_request", "/k"),
        ({"k": 101}, "invalid_request", "/k"),
        ({"space": "shape"}, "invalid_request", "/space"),
        ({"min_similarity": 1.1}, "invalid_request", "/min_similarity"),
        ({"min_similarity": 0.5, "space": "latent"}, "invalid_request", ""),
        ({"libraries": []}, "invalid_request", "/libraries"),
    ],
)
def test_what_cannot_be_asked_is_pointed_at(client, trained_on, members, code, pointer):
    response = client.post("/v1/neighbours", json={"smiles": "CCO"} | members)
    body = check_problem(response, 422, code)
    assert body["errors"][0]["pointer"] == pointer


def test_a_training_set_that_is_not_indexed_says_how_it_will_be(client):
    body = check_problem(client.post("/v1/neighbours", json={"smiles": "CCO"}), 409, "no_index")
    assert "molwright index" in body["detail"]


def test_an_index_that_is_built_while_the_service_runs_is_found(client, request):
    check_problem(client.post("/v1/neighbours", json={"smiles": "CCO"}), 409, "no_index")
    trained_on = request.getfixturevalue("trained_on")
    assert ask(client, "CCO")["num_compared"] == len(trained_on)
