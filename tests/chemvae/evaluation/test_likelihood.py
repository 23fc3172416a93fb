import copy

import pytest
import torch

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.encoded import EncodedTest
from chemvae.evaluation.likelihood import likelihood_report
from chemvae.posterior import Posterior, weighted_elbo
from chemvae.priors import GaussianMixture, StandardNormal, Vicinal


def test_the_bound_rises_with_samples_from_the_elbo(codec, encoded):
    report = likelihood_report(codec, encoded, 6, seed=0)
    bounds = report["log_p"]["standard_normal"]
    assert bounds["1"] < bounds["64"] < bounds["512"] < 0
    assert report["log_p"]["molecules"] == 6
    # One sample a molecule, averaged over 512 of them, is the ELBO.
    elbo = likelihood_report(codec, encoded.first(6), 1, seed=0)["elbo_nats"]
    assert bounds["1"] == pytest.approx(elbo, abs=3.0)
    assert report["kl_nats"] > 0
    assert 0 < report["active_units"] <= report["latent_dim"] == 8


def test_of_a_decoder_that_ignores_the_latent_the_likelihood_is_exact(codec, encoded):
    deaf = copy.deepcopy(codec.vae)
    with torch.no_grad():
        deaf.decoder.initial.weight.zero_()
        deaf.decoder.gru.weight_ih_l0[:, -8:] = 0.0
    deaf_codec = MoleculeCodec(deaf, codec.vocabulary, StandardNormal(8), "deaf")
    at_prior = Posterior(torch.zeros(3, 8), torch.zeros(3, 8))
    beside = Posterior(torch.full((3, 8), 0.2), torch.full((3, 8), -0.1))
    [(_, tokens, _)] = EncodedTest(3, encoded.lines[:3], at_prior).batches(deaf_codec, 3)
    with torch.no_grad():
        exact = weighted_elbo(deaf, tokens, at_prior, torch.zeros(8), 0.0).mean().item()
    for posterior, tolerance in ((at_prior, 1e-3), (beside, 0.05)):
        test = EncodedTest(3, encoded.lines[:3], posterior)
        report = likelihood_report(deaf_codec, test, 3, seed=0)
        assert report["log_p"]["standard_normal"]["512"] == pytest.approx(exact, abs=tolerance)
        assert report["elbo_nats"] <= exact + 1e-3


def test_the_served_prior_has_its_own_bound(codec, encoded):
    fitted = GaussianMixture.fit(encoded.posterior.mean, 1, seed=0)
    served = MoleculeCodec(codec.vae, codec.vocabulary, fitted, "fitted")
    bounds = likelihood_report(served, encoded, 4, seed=0)["log_p"]
    assert bounds["gaussian_mixture"]["512"] > bounds["standard_normal"]["512"]


def test_a_served_prior_without_a_density_has_no_bound(codec, encoded):
    mixing = Vicinal.fit(*encoded.posterior, 0, exemplars=100, neighbours=2, mixed=2)
    report = likelihood_report(
        MoleculeCodec(codec.vae, codec.vocabulary, mixing, "mixing"), encoded, 2, seed=0
    )
    assert report["log_p"].keys() == {"molecules", "standard_normal"}
