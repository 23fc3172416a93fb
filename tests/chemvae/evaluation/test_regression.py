import copy
import math

import pytest
import torch

from chemvae.codec import MoleculeCodec
from chemvae.evaluation import latent_gp
from chemvae.evaluation.regression import heads_report, latent_gp_report
from chemvae.labels import PropertyHeads
from data.molecules import parse
from data.properties import logp, sas
from tests.chemvae.conftest import MOLECULES


def _observations(count, seed, units=1.0):
    latents = torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))
    terms = torch.stack([latents[:, 0], latents[:, 1].sin(), torch.zeros(count)], dim=1)
    return latents, terms * torch.tensor([units, 1.0, 1.0])


def _score(training, test, epochs, seed):
    return latent_gp.score(training, test, latent_gp.Scale.of(training[1]), epochs, seed)


def test_the_gp_learns_a_smooth_function():
    found = _score(_observations(300, 0), _observations(100, 1), 60, seed=0)
    assert found.rmse < 0.4  # the standard deviation of the sum of two independent terms is 1.41
    # No Gaussian with one variance explains errors of this size better.
    assert found.log_likelihood < -math.log(found.rmse) - 0.5 * math.log(2 * math.pi * math.e) + 0.5
    assert found.log_likelihood > -1.0


def test_fitting_the_variances_leaves_the_errors(monkeypatch):
    training, test = _observations(300, 0), _observations(100, 1)
    fitted = _score(training, test, 20, seed=0)
    monkeypatch.setattr(latent_gp, "CALIBRATION_EPOCHS", 0)
    before = _score(training, test, 20, seed=0)
    assert fitted.rmse == pytest.approx(before.rmse, rel=1e-4)
    assert fitted.log_likelihood > before.log_likelihood


def test_terms_count_alike_whatever_their_unit_and_the_seed_decides():
    training, test = _observations(100, 0), _observations(50, 1)
    one = _score(training, test, 2, seed=0)
    rescaled = _score(_observations(100, 0, 7.0), _observations(50, 1, 7.0), 2, seed=0)
    assert rescaled == pytest.approx(one, abs=1e-3)
    assert _score(training, test, 2, seed=0) == pytest.approx(one, abs=1e-5)
    assert _score(training, test, 2, seed=1) != pytest.approx(one, abs=1e-5)


def test_penalised_logp_has_three_terms():
    [[lipophilic, accessible, ring]] = latent_gp.penalised_logp_terms(["C1CCCCCCCC1"]).tolist()
    assert lipophilic == pytest.approx(logp(parse("C1CCCCCCCC1")))
    assert accessible == pytest.approx(-sas(parse("C1CCCCCCCC1")))
    assert ring == pytest.approx(-3.0, abs=1e-5)


def test_the_gp_of_a_model(codec, encoded):
    own = latent_gp_report(codec, encoded, MOLECULES, None, 2, seed=0)
    assert (own["training_molecules"], own["inducing"]) == (16, 16)
    assert own["rmse"] > 0
    finer = latent_gp.Scale(torch.zeros(3), torch.full((3,), 0.01))
    assert latent_gp_report(codec, encoded, MOLECULES, finer, 2, seed=0)["rmse"] > 10 * own["rmse"]
    assert "not at hand" in latent_gp_report(codec, encoded, [], finer, 2, seed=0)["reason"]


def test_heads_are_measured_in_the_units_of_their_property(codec, encoded):
    assert "no property heads" in heads_report(codec, encoded, {})["reason"]
    vae = copy.deepcopy(codec.vae)
    vae.heads = PropertyHeads(8, ["assay", "logp"], 4)
    with torch.no_grad():
        for weight in vae.heads.layers.parameters():
            weight.zero_()
        vae.heads.scale.mean.fill_(2.0)  # so it predicts 2 of everything
    headed = MoleculeCodec(vae, codec.vocabulary, codec.prior, "headed")
    report = heads_report(headed, encoded, {})
    assert report["molecules"] == 16
    truth = [logp(parse(line)) for line in encoded.lines]
    assert report["mae"] == pytest.approx({"logp": sum(abs(2.0 - y) for y in truth) / 16})
    assert "labelled" not in report
    first, second = encoded.lines[:2]
    measured = {first: {"assay": 5.0, "logp": 2.5}, second: {"assay": 1.0}, "CCCl": {"assay": 9.0}}
    report = heads_report(headed, encoded, measured)
    assert report["mae"] == pytest.approx({"assay": 2.0, "logp": 0.5}), "a column before a property"
    assert report["labelled"] == {"assay": 2, "logp": 1}
    vae.heads = PropertyHeads(8, ["assay"], 4)
    assert "no head predicts" in heads_report(headed, encoded, {})["reason"]
    other = heads_report(headed, encoded, {"CCCl": {"assay": 9.0}})
    assert "no head predicts" in other["reason"], "labels of other molecules alone"
