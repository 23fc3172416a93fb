import pytest
import torch

from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from data.properties import compute
from tests.app.problems import check_problem
from tests.toys import library

START, END = library()[3], library()[200]


def _interpolate(client, **request):
    response = client.post("/v1/interpolate", json={"start": START, "end": END, **request})
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("method", ["linear", "spherical"])
def test_the_way_leads_from_start_to_end(client, model, method):
    reply = _interpolate(client, num_steps=5, method=method, properties=["tpsa"])
    assert reply["model"] == "toy"
    steps = reply["steps"]
    assert [step["fraction"] for step in steps] == [0, 0.25, 0.5, 0.75, 1]
    means = [encoding.mean.tolist() for encoding in model.encode([START, END])]
    assert [steps[0]["latent"], steps[-1]["latent"]] == [pytest.approx(mean) for mean in means]
    assert (steps[0]["smiles"], steps[-1]["smiles"]) == (START, END)
    for step in steps:
        if step["smiles"] is not None:
            mol = parse(step["smiles"])
            assert step["similarity_to_start"] == tanimoto(morgan(mol), morgan(parse(START)))
            assert step["similarity_to_end"] == tanimoto(morgan(mol), morgan(parse(END)))
            assert step["properties"] == pytest.approx(compute(mol, ["tpsa"]))


def test_the_methods_differ_between_the_ends(client):
    linear, spherical = (
        torch.tensor([step["latent"] for step in _interpolate(client, method=method)["steps"]])
        for method in ("linear", "spherical")
    )
    assert torch.allclose(linear[[0, -1]], spherical[[0, -1]])
    assert (linear[1:-1].norm(dim=-1) < spherical[1:-1].norm(dim=-1)).all()


def test_a_step_that_decodes_to_no_molecule_says_so(client, model, monkeypatch):
    decode = type(model).decode
    monkeypatch.setattr(
        type(model), "decode", lambda self, latents, **how: decode(self, latents + 100, **how)
    )
    for step in _interpolate(client, num_steps=2)["steps"]:
        assert (step["smiles"], step["properties"]) == (None, {})
        assert (step["similarity_to_start"], step["similarity_to_end"]) == (None, None)


@pytest.mark.parametrize(
    ("request_", "code", "pointers"),
    [
        ({"start": "C1CC"}, "syntax", ["/start"]),
        ({"end": "C[Si](C)(C)C"}, "unknown_token", ["/end"]),
        ({"start": "", "end": "C1CC"}, "empty", ["/start", "/end"]),
        ({"num_steps": 1}, "invalid_request", ["/num_steps"]),
        ({"num_steps": 1_001}, "invalid_request", ["/num_steps"]),
        ({"method": "cubic"}, "invalid_request", ["/method"]),
        ({"properties": ["qde"]}, "invalid_request", ["/properties/0"]),
        ({"start": None}, "invalid_request", ["/start"]),
    ],
)
def test_a_bad_request_is_pointed_at(client, request_, code, pointers):
    response = client.post("/v1/interpolate", json={"start": START, "end": END, **request_})
    body = check_problem(response, 422, code)
    assert [error["pointer"] for error in body["errors"]] == pointers
