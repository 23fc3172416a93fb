import copy

import pytest

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.errors import ConfigError
from chemvae.evaluation import evaluate, generation_report, reconstruction_report
from tests.chemvae.conftest import MOLECULES


def test_reconstruction_counts_what_it_cannot_encode_as_lost(codec):
    perfect = reconstruction_report(codec, MOLECULES, seed=0)
    assert perfect["greedy_from_mean"] == 1.0
    assert perfect["elbo_nats"] < 0 < perfect["kl_nats"]
    lossy = reconstruction_report(codec, [*MOLECULES, "C[Se]C"], seed=0)
    assert lossy["not_encodable"] == 1
    assert lossy["greedy_from_mean"] == pytest.approx(16 / 17)
    assert 0 < perfect["stochastic"] <= 1


def test_generation_reports_both_priors_and_novelty(codec):
    training = TrainingIndex.of_smiles(MOLECULES)
    report = generation_report(
        codec, training, MOLECULES, num_samples=200, num_described=50, seed=0
    )
    validity = report["validity"]["standard_normal"]
    assert 0 < validity["greedy"] <= 1
    assert report["described"] <= 50
    nothing_known = generation_report(
        codec, TrainingIndex.of_smiles([]), MOLECULES, num_samples=200, num_described=50, seed=0
    )
    assert report["novel"] < nothing_known["novel"] == 1.0
    assert report["properties"]["qed"]["mean"] == pytest.approx(0.5, abs=0.3)
    assert report["test_properties"]["logp"]["sd"] > 0


def test_what_cannot_be_measured_is_left_out_or_refused(codec):
    mute = type(codec)(copy.deepcopy(codec.vae), codec.vocabulary, codec.prior, "mute")
    for weight in mute.vae.decoder.output.parameters():
        weight.data.zero_()  # BOS for ever: no decode is a molecule
    report = generation_report(mute, None, MOLECULES, num_samples=5, num_described=5, seed=0)
    assert report["validity"]["standard_normal"]["greedy"] == report["described"] == 0
    assert "unique" not in report
    with pytest.raises(ConfigError, match="none of the 1 test molecules"):
        reconstruction_report(codec, ["C[Se]C"], seed=0)


def test_the_same_seed_measures_the_same(codec, tmp_path):
    path = tmp_path / "test.smi"
    path.write_text("\n".join(MOLECULES))
    one, other = (evaluate(codec, str(path), None, num_samples=100, seed=3) for _ in range(2))
    assert one == other
    assert "novel" not in one["generation"]
    assert one["reconstruction"]["molecules"] == 16
