from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.decoding.attempts import MAX_ATTEMPTS
from chemvae.evaluation.crew import Crew
from chemvae.evaluation.generation import (
    Drawn,
    generation_report,
    novelty_report,
    start_draws,
)
from chemvae.priors import GaussianMixture
from tests.chemvae.conftest import MOLECULES

KINDS = {"raw_greedy", "raw_temperature_1", "masked_greedy", "masked_temperature_1"}


def _report(codec, num_samples, seed):
    crew = Crew(codec)
    return generation_report(crew, start_draws(crew, num_samples, seed))


def test_validity_of_both_priors_raw_and_masked(codec, encoded):
    fitted = GaussianMixture.fit(encoded.posterior.mean, 2, seed=0)
    served = MoleculeCodec(codec.vae, codec.vocabulary, fitted, "fitted")
    report, drawn = _report(served, 100, seed=0)
    assert report["served_prior"] == "gaussian_mixture"
    for prior in ("standard_normal", "gaussian_mixture"):
        for label in ("greedy", "temperature_1"):
            raw, masked = report["validity"][prior][label], report["masked_validity"][prior][label]
            assert 0 < raw <= masked <= 1
    assert set(drawn) == KINDS
    for kind, item in drawn.items():
        decoder, _, label = kind.partition("_")
        shares = report["validity" if decoder == "raw" else "masked_validity"]["gaussian_mixture"]
        assert len(item.raw) == 100
        assert len(item.valid) / 100 == shares[label]


def test_attempts_of_masked_samples_are_counted(codec):
    report, drawn = _report(codec, 100, seed=0)
    attempts = report["masked_attempts"][codec.prior.name]
    for label in ("greedy", "temperature_1"):
        counts = drawn[f"masked_{label}"].attempts
        assert attempts[label] == {
            "first": counts.count(1) / 100,
            "most": max(counts),
            "limit": MAX_ATTEMPTS,
        }
        assert 1 < max(counts) <= MAX_ATTEMPTS
        assert set(drawn[f"raw_{label}"].attempts) == {1}


def test_the_same_seed_draws_the_same(codec):
    assert _report(codec, 20, seed=1) == _report(codec, 20, seed=1)
    assert _report(codec, 20, seed=1)[1] != _report(codec, 20, seed=2)[1]


def test_a_model_that_says_nothing_has_no_valid_raw_sample(mute):
    report, drawn = _report(mute, 5, seed=0)
    assert report["validity"]["standard_normal"]["greedy"] == 0
    assert drawn["raw_greedy"].valid == []


def test_novelty_is_of_the_first_valid_ones():
    drawn = {
        "some": Drawn([], [MOLECULES[0], MOLECULES[0], MOLECULES[1], "CCCCCC", "CCCCC"]),
        "none": Drawn(["C1"], []),
    }
    report = novelty_report(drawn, TrainingIndex.of_smiles(MOLECULES), 4)
    assert report["some"] == {"molecules": 4, "unique": 3 / 4, "novel": 1 / 3}
    assert report["none"] == {"molecules": 0}
    assert "novel" not in novelty_report(drawn, None, 4)["some"]
