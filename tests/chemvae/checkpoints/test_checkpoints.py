import json

import pytest
import torch
from safetensors.torch import load_file

from chemvae import checkpoints
from chemvae.errors import CheckpointError, ConfigError
from chemvae.priors import GaussianMixture
from tests.chemvae.conftest import LEARN_BY_HEART, MOLECULES


@pytest.fixture
def saved(codec, tmp_path):
    checkpoints.save(tmp_path / "tiny", codec, LEARN_BY_HEART, "sixteen")
    return tmp_path / "tiny"


def test_a_loaded_model_encodes_and_decodes_as_the_saved_one(codec, saved):
    loaded = checkpoints.load(saved, device="cpu")
    means = torch.stack([encoding.mean for encoding in loaded.encode(MOLECULES)])
    before = torch.stack([encoding.mean for encoding in codec.encode(MOLECULES)])
    torch.testing.assert_close(means, before, rtol=2e-2, atol=2e-2)  # stored in half precision
    assert [item.smiles for item in loaded.decode(means)] == list(MOLECULES)


def test_weights_are_half_precision_and_the_fingerprint_is_theirs(saved):
    weights = load_file(saved / "weights.safetensors")
    kinds = {value.dtype for name, value in weights.items() if name != "prior.latent_dim"}
    assert kinds == {torch.float16}
    assert checkpoints.load(saved).fingerprint == checkpoints.fingerprint(saved)
    assert len(checkpoints.fingerprint(saved)) == 64


def test_a_fitted_prior_is_kept(codec, tmp_path):
    latents = codec.sample_prior(500, torch.Generator().manual_seed(0)) + 2.0
    fitted = type(codec)(codec.vae, codec.vocabulary, GaussianMixture.fit(latents, 2, 0), "tiny")
    checkpoints.save(tmp_path, fitted, LEARN_BY_HEART, "sixteen")
    samples = checkpoints.load(tmp_path).sample_prior(2000, torch.Generator().manual_seed(1))
    assert samples.mean().item() == pytest.approx(2.0, abs=0.1)


def test_the_card_joins_settings_and_measurements(saved):
    with pytest.raises(CheckpointError, match=r"cannot read .*card\.json"):
        checkpoints.card(saved)
    checkpoints.write_card(saved, {"reconstruction": {"greedy_from_mean": 1.0}})
    card = checkpoints.card(saved)
    assert card["name"] == "tiny"
    assert card["model"]["latent_dim"] == 8
    assert card["reconstruction"] == {"greedy_from_mean": 1.0}


def test_new_weights_drop_the_card_of_the_old_ones(codec, saved):
    checkpoints.write_card(saved, {"reconstruction": {"greedy_from_mean": 1.0}})
    checkpoints.save(saved, codec, LEARN_BY_HEART, "sixteen")
    with pytest.raises(CheckpointError, match=r"cannot read .*card\.json"):
        checkpoints.card(saved)


def test_an_unknown_device_is_named(saved):
    with pytest.raises(ConfigError, match="no device 'gpu' here; use cpu, cuda or auto"):
        checkpoints.load(saved, device="gpu")


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(CheckpointError, match="no checkpoint 'nonesuch': bundled are"):
        checkpoints.load("nonesuch")


def _cut_weights(directory):
    path = directory / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _change_format(directory):
    path = directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))


def _drop_a_token(directory):
    path = directory / "config.json"
    config = json.loads(path.read_text())
    config["vocabulary"].pop()
    path.write_text(json.dumps(config))


def _spell_a_number(directory):
    path = directory / "config.json"
    config = json.loads(path.read_text())
    config["model"]["latent_dim"] = "eight"
    path.write_text(json.dumps(config))


def _break_json(directory):
    (directory / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut_weights, "incomplete or altered"),
        (_drop_a_token, "incomplete or altered"),
        (_spell_a_number, "incomplete or altered"),
        (_change_format, "format 99; expected 1"),
        (_break_json, "cannot read"),
    ],
)
def test_a_damaged_checkpoint_is_refused(saved, damage, message):
    damage(saved)
    with pytest.raises(CheckpointError, match=message):
        checkpoints.load(saved)
