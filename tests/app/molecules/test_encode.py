import pytest
import torch

from data.molecules import canonical_smiles
from tests.app.problems import check_problem


def _encode(client, *smiles):
    response = client.post("/v1/encode", json={"smiles": smiles})
    assert response.status_code == 200, response.text
    return response.json()["items"]


def test_a_molecule_and_what_the_model_makes_of_it(client, model):
    [item] = _encode(client, "OCCc1ccc(C)cc1")
    assert item["canonical_smiles"] == canonical_smiles("OCCc1ccc(C)cc1")
    assert item["inchi_key"] == "RSBMJLHKWVMCCO-UHFFFAOYSA-N" or len(item["inchi_key"]) == 27
    assert len(item["latent"]) == len(item["log_variance"]) == model.latent_dim
    assert item["reconstruction"] == {
        "smiles": item["canonical_smiles"],
        "exact": True,
        "tanimoto": 1.0,
    }


def test_what_the_heads_predict(client, model):
    items = _encode(client, "Cc1ccc(C)cc1", "C1CC", "CCCCc1ccccc1")
    for item in (items[0], items[2]):
        assert item["predicted"].keys() == {"logp", "tpsa"}
        [expected] = model.predict(torch.tensor([item["latent"]])).tolist()
        assert list(item["predicted"].values()) == pytest.approx(expected, abs=1e-4)
    assert items[0]["predicted"] != items[2]["predicted"]


def test_a_reconstruction_that_is_another_molecule(client):
    [item] = _encode(client, "CCCCCCCC")
    assert item["reconstruction"]["exact"] is False
    assert item["reconstruction"]["tanimoto"] is None or 0 <= item["reconstruction"]["tanimoto"] < 1


@pytest.mark.parametrize(
    ("smiles", "code", "named"),
    [
        ("", "empty", "empty"),
        ("C1CC", "syntax", "C1CC"),
        ("C(C)(C)(C)(C)C", "valence", "valence"),
        ("c1cccc1", "kekulize", "c1cccc1"),
        ("C" * 1001, "too_long", "1001"),
        ("C[Si](C)(C)C", "unknown_token", "Si"),
        ("C\0C", "syntax", "position 2"),
        ("*C", "wildcard", "*"),
    ],
)
def test_a_bad_molecule_fails_alone(client, smiles, code, named):
    good, bad, also_good = _encode(client, "Cc1ccccc1", smiles, "CCc1ccccc1")
    assert bad.keys() == {"error"}
    assert bad["error"]["code"] == code
    assert named in bad["error"]["message"]
    assert "latent" in good
    assert "latent" in also_good


def test_a_batch_of_bad_ones_only(client):
    assert [item["error"]["code"] for item in _encode(client, "C1", "")] == ["syntax", "empty"]


def test_order_and_length_are_kept(client):
    smiles = ["CCO", "?", "CC", "CCO"]
    items = _encode(client, *smiles)
    assert [item.get("canonical_smiles") for item in items] == ["CCO", None, "CC", "CCO"]
    assert items[0] == items[3]


def test_ten_thousand_and_one(client):
    check_problem(
        client.post("/v1/encode", json={"smiles": ["C"] * 10_001}), 413, "too_large", "/smiles"
    )


def test_an_unknown_model(client):
    response = client.post("/v1/encode", json={"smiles": ["C"], "model": "zinc"})
    check_problem(response, 404, "not_found")
