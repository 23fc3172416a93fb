from __future__ import annotations

import math

import pytest
import torch
from botorch.exceptions.errors import ModelFittingError

from bayesopt.errors import SurrogateError
from bayesopt.surrogates import latent_gp
from bayesopt.surrogates.latent_gp import fit_latent_gp, sample_posterior
from bayesopt.surrogates.latent_scale import LatentScale


@pytest.fixture(scope="module")
def points():
    return 0.5 + 0.3 * torch.randn(
        60, 3, generator=torch.Generator().manual_seed(0), dtype=torch.double
    )


def test_the_gp_learns_a_smooth_function(points):
    utilities = torch.sin(3 * points[:, 0]) + points[:, 1]
    gp = fit_latent_gp(points[:50], utilities[:50])
    error = (gp.posterior(points[50:]).mean.squeeze(-1) - utilities[50:]).abs()
    assert error.max() < 0.1 * utilities.std()


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_or_equal_observations_are_enough(points, n):
    gp = fit_latent_gp(points[:n], torch.full((n,), 7.0, dtype=torch.double))
    assert gp.posterior(points).mean.mean().item() == pytest.approx(7, abs=0.1)


def test_one_molecule_measured_twice_with_noise(points):
    twice = torch.cat([points[:10], points[:10]])
    utilities = torch.arange(20.0, dtype=torch.double)
    gp = fit_latent_gp(twice, utilities)
    assert gp.posterior(twice).mean.isfinite().all()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_not_numbers_are_refused(points, bad):
    with pytest.raises(SurrogateError, match="finite"):
        fit_latent_gp(points[:1], torch.tensor([bad]).double())
    with pytest.raises(SurrogateError, match="0 observations"):
        fit_latent_gp(points[:0], torch.empty(0).double())


def test_a_fit_that_never_converges_falls_back_to_the_prior(points, monkeypatch, caplog):
    def fails(*args, **kwargs):
        raise ModelFittingError("no")

    monkeypatch.setattr(latent_gp, "fit_gpytorch_mll", fails)
    gp = fit_latent_gp(points, points.sum(1))
    assert not gp.training
    assert gp.posterior(points).mean.isfinite().all()
    assert "no GP fit converged" in caplog.text


def test_joint_samples_have_the_posterior_moments(points):
    gp = fit_latent_gp(points[:20], points[:20].sum(1))
    draws = sample_posterior(gp, points[20:], 4000, torch.Generator().manual_seed(0))
    posterior = gp.posterior(points[20:])
    sd = posterior.variance.sqrt().squeeze(-1)
    assert draws.shape == (4000, 40)
    assert ((draws.mean(0) - posterior.mean.squeeze(-1)).abs() < 0.1 * sd + 1e-3).all()
    assert draws.std(0).mean() == pytest.approx(sd.mean().item(), rel=0.1)


def test_unit_coordinates_give_the_prior_a_uniform_s_moments(toy):
    scale = LatentScale.of(toy)
    latents = toy.sample_prior(4000, torch.Generator().manual_seed(5))
    unit = scale.to_unit(latents)
    assert unit.mean().item() == pytest.approx(0.5, abs=0.02)
    assert unit.var().item() == pytest.approx(1 / 12, rel=0.05)
    torch.testing.assert_close(scale.to_latent(unit), latents)
