import pytest
import torch

from chemvae import checkpoints
from chemvae.checkpoints import TrainingIndex
from chemvae.config import TrainConfig
from chemvae.errors import ConfigError
from chemvae.training import serving
from chemvae.training.serving import posteriors, served_prior

TRAINING = ["CCO", "CCN", "CCC", "CCCl", "c1ccccc1", "CC(=O)O"]
SAMPLES = [f"{'C' * n}c1ccccc1" for n in range(1, 9)]


@pytest.fixture(scope="module")
def codec():
    return checkpoints.load("qm9", "cpu")


def test_what_cannot_be_encoded_is_left_out_wherever_a_chunk_ends(codec, monkeypatch):
    lines = ["CCO", "[Xe]", "CCN", "CC(=O)O", "not one"]
    known = [lines[0], *lines[2:4]]
    expected = torch.stack([each.mean for each in codec.encode(known)])
    for size in (1, 2, 100):
        monkeypatch.setattr(serving, "CHUNK", size)
        found = posteriors(codec, lines)
        assert found.smiles == known
        torch.testing.assert_close(found.means, expected)
        assert (found.log_variances < 0).any()
    with pytest.raises(ConfigError, match="none of 2 molecules can be encoded"):
        posteriors(codec, ["[Xe]", "not one"])


def test_no_exemplar_is_a_training_compound_however_it_is_written(codec):
    settings = TrainConfig(
        fitted_prior="exemplars", prior_exemplars=30, prior_neighbours=2, prior_mixed=1
    )
    index = TrainingIndex.of_smiles([*TRAINING, "O=c1cccc[nH]1"])
    samples = [*SAMPLES, "Oc1ccccn1", "OCC"]
    prior = served_prior(codec, TRAINING, settings, samples, index)
    assert len(prior.codes) == 8
    exemplars = prior.codes.float() * prior.step
    means = posteriors(codec, samples).means
    nearest = torch.cdist(exemplars, means).argmin(dim=1)
    assert nearest.sort().values.tolist() == list(range(8))
    assert len(served_prior(codec, TRAINING, settings, samples).codes) == 10
