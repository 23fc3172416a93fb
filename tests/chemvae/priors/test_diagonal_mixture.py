import pytest
import torch

from chemvae.errors import CheckpointError, ShapeError
from chemvae.priors import DiagonalMixture, GaussianMixture, from_tensors


def _draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def mixture() -> DiagonalMixture:
    return DiagonalMixture(_draw(3), 3 * _draw(3, 4), _draw(3, 4))


def test_its_density_is_that_of_the_full_mixture_with_the_same_scales(mixture):
    scales = torch.diag_embed(torch.exp(0.5 * mixture.log_variances))
    full = GaussianMixture(mixture.log_weights.exp(), mixture.means, scales)
    latents = _draw(20, 4, seed=1)
    torch.testing.assert_close(mixture.log_prob(latents), full.log_prob(latents))


def test_its_samples_have_its_mean_and_variance(mixture):
    samples = mixture.sample(40_000, torch.Generator().manual_seed(0))
    weights = mixture.log_weights.exp().unsqueeze(1)
    mean = (weights * mixture.means).sum(dim=0)
    second = (weights * (mixture.means.square() + mixture.log_variances.exp())).sum(dim=0)
    torch.testing.assert_close(samples.mean(dim=0), mean, rtol=0, atol=0.05)
    torch.testing.assert_close(samples.var(dim=0), second - mean.square(), rtol=0.05, atol=0)


def test_tempering_multiplies_every_standard_deviation(mixture):
    generators = (torch.Generator().manual_seed(0) for _ in range(2))
    wide, narrow = mixture.sample(50, next(generators)), None
    narrow = mixture.tempered(0.5).sample(50, next(generators))
    centres = mixture.means[(wide.unsqueeze(1) - mixture.means).abs().sum(-1).argmin(dim=1)]
    assert ((narrow - centres).abs().sum() / (wide - centres).abs().sum()) < 0.8
    torch.testing.assert_close(
        mixture.tempered(0.5).log_variances,
        mixture.log_variances + 2 * torch.log(torch.tensor(0.5)),
    )


def test_it_is_rebuilt_from_half_precision(mixture):
    halves = {name: value.half() for name, value in mixture.tensors().items()}
    latents = _draw(20, 4, seed=1)
    rebuilt = from_tensors(mixture.name, halves)
    torch.testing.assert_close(
        rebuilt.log_prob(latents), mixture.log_prob(latents), rtol=1e-2, atol=2e-2
    )


def test_what_is_no_mixture_is_named(mixture):
    with pytest.raises(ShapeError, match=r"expected \(3,\) and \(3, 4\)"):
        DiagonalMixture(torch.zeros(2), mixture.means, mixture.log_variances)
    with pytest.raises(CheckpointError, match="lacks its tensor 'log_weights'"):
        from_tensors("diagonal_mixture", {})
