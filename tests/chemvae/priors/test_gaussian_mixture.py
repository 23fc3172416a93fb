import pytest
import torch

from chemvae.errors import CheckpointError, ShapeError
from chemvae.priors import GaussianMixture, StandardNormal, from_tensors
from chemvae.seeds import MAX_SEED


@pytest.fixture(scope="module")
def two_blobs() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    blobs = torch.randn(2000, 3, generator=generator) * 0.3
    blobs[:1000] += 4.0
    return blobs


def test_mixture_finds_two_blobs(two_blobs):
    mixture = GaussianMixture.fit(two_blobs, components=2, seed=MAX_SEED)
    assert sorted(mixture.means.mean(dim=1).round().tolist()) == [0.0, 4.0]
    assert mixture.weights.tolist() == pytest.approx([0.5, 0.5], abs=0.01)
    samples = mixture.sample(4000, torch.Generator().manual_seed(1))
    torch.testing.assert_close(samples.std(dim=0), two_blobs.std(dim=0), rtol=0.05, atol=0.0)


def test_a_fitted_prior_explains_its_data_better_than_the_standard_normal(two_blobs):
    mixture = GaussianMixture.fit(two_blobs, components=2, seed=0)
    assert mixture.log_prob(two_blobs).mean() > StandardNormal(3).log_prob(two_blobs).mean() + 1


def test_standard_normal_density_agrees_with_torch():
    latents = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    reference = torch.distributions.Normal(0.0, 1.0).log_prob(latents).sum(dim=-1)
    torch.testing.assert_close(StandardNormal(3).log_prob(latents), reference)


def test_the_seed_decides_the_samples(two_blobs):
    mixture = GaussianMixture.fit(two_blobs, components=2, seed=0)
    first, again, other = (
        mixture.sample(8, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("kind", ["normal", "mixture"])
def test_a_prior_is_rebuilt_from_its_tensors(kind, two_blobs):
    prior = StandardNormal(3) if kind == "normal" else GaussianMixture.fit(two_blobs, 2, seed=0)
    rebuilt = from_tensors(prior.name, prior.tensors())
    torch.testing.assert_close(rebuilt.log_prob(two_blobs), prior.log_prob(two_blobs))


def test_unknown_or_incomplete_priors_are_named():
    with pytest.raises(CheckpointError, match="unknown prior 'flow'"):
        from_tensors("flow", {})
    with pytest.raises(CheckpointError, match="lacks its tensor 'means'"):
        from_tensors("gaussian_mixture", {"weights": torch.ones(1)})
    with pytest.raises(ShapeError, match="expected"):
        GaussianMixture(torch.ones(2), torch.zeros(1, 3), torch.eye(3)[None])


def test_mixture_density_agrees_with_torch(two_blobs):
    mixture = GaussianMixture.fit(two_blobs, components=2, seed=0)
    reference = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(mixture.weights),
        torch.distributions.MultivariateNormal(mixture.means, scale_tril=mixture.scales),
    ).log_prob(two_blobs)
    torch.testing.assert_close(mixture.log_prob(two_blobs), reference, rtol=1e-4, atol=1e-4)
