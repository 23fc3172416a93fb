"""The service on a checkpoint's own network: small and untrained, so nearly every decode fails."""

import pytest
import torch
from fastapi.testclient import TestClient

from app.main import create_app
from chemvae import checkpoints
from chemvae.codec import MoleculeCodec
from chemvae.config import ModelConfig, TrainConfig
from chemvae.priors import StandardNormal
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae

SIZES = ModelConfig(
    latent_dim=8, embedding_dim=8, encoder_hidden=16, decoder_hidden=16, max_tokens=20
)


@pytest.fixture
def client(settings, tmp_path, monkeypatch):
    vocabulary = Vocabulary.from_smiles(["CCO", "c1ccccc1"])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = SmilesVae(len(vocabulary), SIZES)
    codec = MoleculeCodec(vae, vocabulary, StandardNormal(SIZES.latent_dim), "unsaved")
    checkpoints.save(tmp_path / "tiny", codec, TrainConfig(), "two molecules")
    checkpoints.write_card(tmp_path / "tiny", {"reconstruction": 0.0})
    monkeypatch.setattr(checkpoints, "BUNDLED", tmp_path)
    settings = settings.model_copy(update={"model": "tiny", "device": "cpu"})
    with TestClient(create_app(settings)) as client:
        yield client


def test_its_card(client):
    card = client.get("/v1/models/tiny").json()
    assert (card["latent_dim"], card["is_default"]) == (SIZES.latent_dim, True)
    assert card["weights_sha256"] == card["card"]["weights_sha256"]
    assert card["card"]["reconstruction"] == 0.0


def test_encode_and_decode(client):
    smiles = ["OCC", "CCBr", "C" * 30]
    items = client.post("/v1/encode", json={"smiles": smiles}).json()["items"]
    assert items[0]["canonical_smiles"] == "CCO"
    assert [item["error"]["code"] for item in items[1:]] == ["unknown_token", "too_many_tokens"]
    assert "Br" in items[1]["error"]["message"]
    request = {"latents": [items[0]["latent"]], "seed": 1, "num_molecules": 3}
    reply = client.post("/v1/decode", json=request).json()
    assert reply == client.post("/v1/decode", json=request).json()
    [item] = reply["items"]
    assert item["num_attempts"] >= len(item["molecules"]) + item["num_invalid"]


def test_sample(client):
    request = {"num_molecules": 3, "temperature": 1.0, "seed": 1}
    reply = client.post("/v1/sample", json=request).json()
    assert reply == client.post("/v1/sample", json=request).json()
    assert reply["num_attempts"] <= 60
