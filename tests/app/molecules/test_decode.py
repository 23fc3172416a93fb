import pytest
import torch

from data.molecules import parse
from tests.app.problems import check_problem

FAR = [100.0] * 12
"""A latent so far from every molecule that no temperature reaches one."""


def _latents(model, *smiles):
    return [item.mean.tolist() for item in model.encode(smiles)]


def _decode(client, **request):
    response = client.post("/v1/decode", json=request)
    assert response.status_code == 200, response.text
    return response.json()


def test_greedy_gives_the_molecule_back(client, model):
    latents = _latents(model, "Cc1ccccc1C", "Cc1ccc(C)cc1")
    reply = _decode(client, latents=latents)
    assert (reply["model"], reply["constrained"]) == ("toy", True)
    second = reply["items"][1]
    assert second["molecules"] == [
        {
            "smiles": "Cc1ccc(C)cc1",
            "frequency": 1.0,
            "log_likelihood": pytest.approx(0, abs=1e-6),
            "latent_distance": pytest.approx(0, abs=1e-3),
        }
    ]
    assert (second["num_attempts"], second["num_invalid"]) == (1, 0)


def test_the_reply_says_whether_it_was_constrained(client):
    assert _decode(client, latents=[FAR], constrained=False)["constrained"] is False


def test_a_beam_gives_the_likeliest_molecules(client, model):
    latents = _latents(model, "Cc1ccc(C)cc1", "Cc1ccccc1C")
    reply = _decode(client, latents=latents, num_molecules=3, beam_width=20)
    for item, latent in zip(reply["items"], latents, strict=True):
        beam = [decoded.smiles for decoded in model.beam(torch.tensor([latent]), 20)[0]]
        assert [molecule["smiles"] for molecule in item["molecules"]] == beam[:3]
        assert item["num_attempts"] == 3
        values = [molecule["log_likelihood"] for molecule in item["molecules"]]
        assert values == sorted(values, reverse=True)


def test_top_k_and_top_p_reach_the_model(client, model, monkeypatch):
    asked = []
    plain = model.decode
    monkeypatch.setattr(
        model, "decode", lambda latents, **options: asked.append(options) or plain(latents)
    )
    _decode(client, latents=[[0.0] * 12], temperature=0.5, top_k=4, top_p=0.9, constrained=False)
    assert (asked[0]["top_k"], asked[0]["top_p"], asked[0]["constrained"]) == (4, 0.9, False)


def test_several_distinct_molecules_of_one_latent(client, model):
    request = {
        "latents": _latents(model, "Cc1ccc(C)cc1"),
        "num_molecules": 5,
        "temperature": 0.5,
        "seed": 1,
    }
    [item] = _decode(client, **request)["items"]
    smiles = [molecule["smiles"] for molecule in item["molecules"]]
    assert len(set(smiles)) == len(smiles) == 5
    assert all(parse(text) for text in smiles)
    shares = [molecule["frequency"] for molecule in item["molecules"]]
    assert shares == sorted(shares, reverse=True)
    valid = item["num_attempts"] - item["num_invalid"]
    assert sum(shares) == pytest.approx(valid / item["num_attempts"])


def test_an_invalid_decode_is_decoded_again_and_counted(client, model):
    [outwards] = model.encode(["Cc1ccc(C)cc1"])
    steps = [outwards.mean * (1 + 0.02 * step) for step in range(1_000)]
    edge = next(step for step in steps if model.decode(step[None])[0].smiles is None)
    [item] = _decode(client, latents=[edge.tolist()], seed=0)["items"]
    assert item["num_invalid"] >= 1
    assert len(item["molecules"]) == 1
    assert item["num_attempts"] == item["num_invalid"] + 1


def test_a_latent_without_a_molecule_ends_after_a_bounded_number_of_attempts(client):
    [item] = _decode(client, latents=[FAR], num_molecules=3, temperature=1.0)["items"]
    assert item["molecules"] == []
    assert item["num_attempts"] == item["num_invalid"] == 8 * 3


def test_the_same_seed_gives_the_same_molecules(client):
    request = {"latents": [[0.5] * 12, [0.0] * 12], "num_molecules": 4, "temperature": 1.0}
    first = _decode(client, **request, seed=5)
    assert _decode(client, **request, seed=5) == first
    assert _decode(client, **request, seed=6)["items"] != first["items"]


def test_the_seed_that_was_drawn_is_told(client):
    request = {"latents": [[0.5] * 12], "num_molecules": 4, "temperature": 1.0}
    first = _decode(client, **request)
    assert _decode(client, **request, seed=first["seed"]) == first


@pytest.mark.parametrize(
    ("latent", "code", "named"),
    [
        ("[0.0]", "wrong_length", "has 1 numbers; this model's have 12"),
        ("[]", "wrong_length", "has 0"),
        (str([0.0] * 13), "wrong_length", "has 13"),
        (f"[NaN{', 0' * 11}]", "not_finite", "number 0"),
        (f"[0, Infinity{', 0' * 10}]", "not_finite", "number 1"),
        (f"[0, -1e999{', 0' * 10}]", "not_finite", "number 1"),
        (f"[0, 1e39{', 0' * 10}]", "not_finite", "float32"),
    ],
)
def test_a_bad_latent_fails_alone(client, latent, code, named):
    response = client.post(
        "/v1/decode",
        content=f'{{"latents": [{[0.0] * 12}, {latent}]}}',
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 200, response.text
    good, bad = response.json()["items"]
    assert "molecules" in good
    assert bad["error"]["code"] == code
    assert named in bad["error"]["message"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"latents": []}, "/latents"),
        ({"latents": [0.0]}, "/latents/0"),
        ({"latents": [["x"]]}, "/latents/0/0"),
        ({"temperature": -0.1}, "/temperature"),
        ({"temperature": "hot"}, "/temperature"),
        ({"num_molecules": 0}, "/num_molecules"),
        ({"num_molecules": 10_001}, "/num_molecules"),
        ({"seed": -1}, "/seed"),
        ({"seed": 2**53}, "/seed"),
        ({"temprature": 1}, "/temprature"),
        ({"top_k": 0}, "/top_k"),
        ({"top_p": 0}, "/top_p"),
        ({"top_p": 1.1}, "/top_p"),
        ({"beam_width": 0}, "/beam_width"),
        ({"beam_width": 101}, "/beam_width"),
        ({"beam_width": 5, "temperature": 1}, ""),
        ({"beam_width": 5, "top_k": 1}, ""),
    ],
)
def test_a_bad_request_is_refused_whole(client, change, pointer):
    response = client.post("/v1/decode", json={"latents": [[0.0] * 12]} | change)
    check_problem(response, 422, "invalid_request", pointer)


def test_ten_thousand_and_one(client):
    response = client.post("/v1/decode", json={"latents": [[0.0]] * 10_001})
    check_problem(response, 413, "too_large", "/latents")
    response = client.post("/v1/decode", json={"latents": [[0.0]] * 101, "num_molecules": 100})
    assert "10000" in check_problem(response, 422, "invalid_request")["detail"]


def test_what_the_model_was_asked_in_one_thread_is_what_it_is_asked_over_http(client, model):
    latents = torch.randn(20, 12, generator=torch.Generator().manual_seed(2)) * 0.3
    items = _decode(client, latents=latents.tolist())["items"]
    for item, decoded in zip(items, model.decode(latents), strict=True):
        if decoded.smiles is not None:
            assert item["molecules"][0]["smiles"] == decoded.smiles
