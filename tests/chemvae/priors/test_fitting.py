import pytest
import torch

from chemvae.config import FITTED_PRIORS, TrainConfig
from chemvae.errors import ConfigError
from chemvae.priors import Density, realnvp_fit
from chemvae.priors.fitting import fit_prior


@pytest.fixture(autouse=True)
def _short_fits(monkeypatch):
    short = realnvp_fit.RealNvpFit(layers=4, hidden=32, steps=150, batch_size=256)
    monkeypatch.setattr(realnvp_fit, "RealNvpFit", lambda: short)


def _fit(kind, posteriors, **settings):
    return fit_prior(TrainConfig(fitted_prior=kind, **settings), *posteriors)


def _sample(prior, seed=0):
    return prior.sample(1000, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", FITTED_PRIORS)
def test_every_kind_is_fitted_and_says_what_it_is(kind, crescent):
    state = torch.random.get_rng_state()
    prior = _fit(kind, crescent)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert prior.name == kind
    assert _sample(prior).shape == (1000, 4)
    assert torch.equal(_sample(_fit(kind, crescent)), _sample(prior))


def test_each_density_explains_held_out_latents_better_than_the_one_before(
    crescent, crescent_samples
):
    settings = {"prior_components": 2, "prior_temperature": 1.0}
    priors = (_fit(kind, crescent, **settings) for kind in FITTED_PRIORS)
    density = [
        prior.log_prob(crescent_samples).mean().item()
        for prior in priors
        if isinstance(prior, Density)
    ]
    assert len(density) == 4
    assert density == sorted(density)


@pytest.mark.parametrize("kind", ["gaussian_mixture", "realnvp"])
def test_a_fitted_prior_can_be_tempered(kind, crescent):
    wide, narrow = (
        _fit(kind, crescent, prior_components=1, prior_temperature=factor) for factor in (1.0, 0.5)
    )
    ratio = _sample(narrow).std(dim=0) / _sample(wide).std(dim=0)
    assert (ratio < 0.75).all()


def test_a_mixture_may_have_as_many_components_as_latents(crescent):
    prior = _fit("gaussian_mixture", [part[:60] for part in crescent], prior_components=50)
    assert _sample(prior).shape == (1000, 4)


def test_a_vicinal_prior_is_fitted_as_its_settings_say(crescent):
    settings = {"prior_exemplars": 40, "prior_neighbours": 7, "prior_mixed": 3}
    tensors = _fit("vicinal", crescent, **settings, prior_temperature=0.5).tensors()
    assert tensors["neighbours"].shape == (40, 7)
    assert tensors["mixed"].item() == 3
    noise = crescent[1].exp().mean(dim=0).sqrt()
    torch.testing.assert_close(tensors["spread"], 0.5 * noise)


def test_too_few_molecules_are_named(crescent):
    with pytest.raises(ConfigError, match="5 latents cannot fit 10 prior components"):
        _fit("gaussian_mixture", [part[:5] for part in crescent])
