import pytest
import torch

from chemvae.errors import ConfigError
from chemvae.priors import Density, realnvp_fit
from chemvae.priors.fitting import FITTED, fit_prior


@pytest.fixture(autouse=True)
def _short_fits(monkeypatch):
    short = realnvp_fit.RealNvpFit(layers=4, hidden=32, steps=150, batch_size=256)
    monkeypatch.setattr(realnvp_fit, "RealNvpFit", lambda: short)


def _sample(prior, seed=0):
    return prior.sample(1000, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", FITTED)
def test_every_kind_is_fitted_and_says_what_it_is(kind, crescent):
    state = torch.random.get_rng_state()
    prior = fit_prior(kind, *crescent, seed=0)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert prior.name == kind
    assert _sample(prior).shape == (1000, 4)
    assert torch.equal(_sample(fit_prior(kind, *crescent, seed=0)), _sample(prior))


def test_each_density_explains_held_out_latents_better_than_the_one_before(
    crescent, crescent_samples
):
    priors = (fit_prior(kind, *crescent, seed=0, components=2) for kind in FITTED)
    density = [
        prior.log_prob(crescent_samples).mean().item()
        for prior in priors
        if isinstance(prior, Density)
    ]
    assert len(density) == 3
    assert density == sorted(density)


@pytest.mark.parametrize("kind", ["gaussian_mixture", "realnvp"])
def test_a_fitted_prior_can_be_tempered(kind, crescent):
    wide, narrow = (
        fit_prior(kind, *crescent, seed=0, components=1, temperature=factor) for factor in (1, 0.5)
    )
    ratio = _sample(narrow).std(dim=0) / _sample(wide).std(dim=0)
    assert (ratio < 0.75).all()


def test_a_mixture_may_have_as_many_components_as_latents(crescent):
    means, log_variances = crescent[0][:60], crescent[1][:60]
    prior = fit_prior("gaussian_mixture", means, log_variances, seed=0, components=50)
    assert _sample(prior).shape == (1000, 4)


def test_what_cannot_be_fitted_is_named(crescent):
    with pytest.raises(ConfigError, match="no prior 'vamp' to fit; use standard_normal, "):
        fit_prior("vamp", *crescent, seed=0)
    with pytest.raises(ConfigError, match="temperature is 0"):
        fit_prior("realnvp", *crescent, seed=0, temperature=0)
    few = crescent[0][:5], crescent[1][:5]
    with pytest.raises(ConfigError, match="5 latents cannot fit 10 prior components"):
        fit_prior("gaussian_mixture", *few, seed=0)
