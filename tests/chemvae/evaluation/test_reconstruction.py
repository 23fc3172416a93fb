import copy

import pytest
import torch

from chemvae.codec import MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.evaluation.amortization import amortization_report
from chemvae.evaluation.encoded import EncodedTest
from chemvae.evaluation.reconstruction import reconstruction_report
from chemvae.inversion import InversionConfig
from tests.chemvae.conftest import MOLECULES


def test_what_cannot_be_encoded_counts_as_lost(codec, encoded):
    perfect = reconstruction_report(codec, encoded, 5, seed=0)
    assert perfect["greedy_from_mean"] == perfect["greedy_from_mean_masked"] == 1.0
    assert perfect["stochastic_molecules"] == 5
    assert 0 < perfect["stochastic"] <= 1
    lossy = EncodedTest.of(codec, [*MOLECULES, "C[Se]C"])
    report = reconstruction_report(codec, lossy, 1, seed=0)
    assert (report["molecules"], report["not_encodable"]) == (17, 1)
    assert report["greedy_from_mean"] == pytest.approx(16 / 17)


def test_a_model_that_encodes_nothing_is_refused(codec):
    with pytest.raises(ConfigError, match="none of the 1 test molecules"):
        EncodedTest.of(codec, ["C[Se]C"])


def test_batches_cover_every_molecule_once(codec, encoded):
    seen = {}
    for places, tokens, posterior in encoded.batches(codec, 5):
        assert len(tokens) == len(places) <= 5
        for place, row, mean in zip(places.tolist(), tokens, posterior.mean, strict=True):
            assert torch.equal(mean, encoded.posterior.mean[place])
            seen[place] = codec.vocabulary.decode(row[row >= 0].tolist()[1:])
    assert [seen[i] for i in range(16)] == list(MOLECULES)


def test_inversion_closes_the_gap_that_a_bad_encoder_leaves(codec):
    vae = copy.deepcopy(codec.vae)
    with torch.no_grad():
        vae.encoder.posterior.bias[:8] += 1.5
    clumsy = MoleculeCodec(vae, codec.vocabulary, codec.prior, "clumsy")
    config = InversionConfig(steps=10, refine_steps=60, learning_rate=0.05, kl_weight=0.01)
    report = amortization_report(
        clumsy, EncodedTest.of(clumsy, [*MOLECULES, "C[Se]C"]), 10, config, seed=0
    )
    gap = report["posterior"]
    assert gap["molecules"] == 10
    assert gap["gap_nats"] > 0.5
    assert gap["weighted_elbo_inverted_nats"] - gap["weighted_elbo_encoder_nats"] == pytest.approx(
        gap["gap_nats"]
    )
    assert gap["reconstruction_inverted"] > gap["reconstruction_encoder"]
    assert gap["reconstruction_encoder"] + 0.2 < report["reconstruction"] <= 16 / 17
    assert report["settings"]["refine_steps"] == 60
