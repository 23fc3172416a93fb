import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chemvae.errors import CheckpointError, ConfigError, ShapeError
from chemvae.priors import Autoregressive, GaussianMixture, StandardNormal, from_tensors
from chemvae.priors.networks import AutoregressiveFit, fit_autoregressive

SMALL = AutoregressiveFit(
    units=16, blocks=1, components=4, steps=250, learning_rate=1e-2, batch_size=256, bfloat16=False
)


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def fitted(crescent):
    return fit_autoregressive(*crescent, seed=0, settings=SMALL)


def _random(d, seed, *, blocks=2, components=3):
    """A prior as training might leave it: no weight at its initial zero."""
    prior = Autoregressive(
        torch.zeros(d), torch.eye(d), units=3, blocks=blocks, components=components
    )
    with torch.no_grad():
        for weight in prior.parameters():
            weight.copy_(torch.randn(weight.shape, generator=_generator(seed)) * 0.5)
    prior.location.copy_(torch.randn(d, generator=_generator(seed)))
    prior.scale.copy_(torch.randn(d, d, generator=_generator(seed)).tril(-1) + 2 * torch.eye(d))
    return prior.double().eval().requires_grad_(False)


@given(st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_conditional_depends_on_the_dimensions_before_it_alone(d, seed):
    prior = _random(d, seed)
    values = torch.randn(1, d, generator=_generator(seed), dtype=torch.double)
    for changed in range(d):
        moved = values.clone()
        moved[0, changed] += 1.0
        for before, after in zip(prior(values), prior(moved), strict=True):
            differs = (before != after).any(dim=-1)[0]
            assert not differs[: changed + 1].any()
            assert differs[changed + 1 :].all()


@pytest.mark.parametrize("components", [1, 3])
def test_the_density_integrates_to_one(components):
    prior = _random(2, seed=1, blocks=1, components=components)
    axis = torch.linspace(-25.0, 25.0, 1501, dtype=torch.double)
    grid = prior.location + torch.cartesian_prod(axis, axis)
    mass = prior.log_prob(grid).exp().sum() * (axis[1] - axis[0]) ** 2
    assert mass.item() == pytest.approx(1.0, abs=1e-3)


@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_sample_is_drawn_from_the_conditionals_that_the_density_has(d, blocks, seed):
    prior = _random(d, seed, blocks=blocks).float().tempered(0.7)
    samples = prior.sample(4, _generator(seed))
    centred = (samples - prior.location).T
    whole = torch.linalg.solve_triangular(prior.scale, centred, upper=False).T
    generator = _generator(seed)
    choices = torch.rand(d, 4, generator=generator).T
    noise = torch.randn(d, 4, generator=generator).T
    redrawn = prior(whole).sample(choices, noise, prior.temperature)
    torch.testing.assert_close(redrawn, whole, rtol=1e-3, atol=1e-3)


def test_it_begins_near_the_gaussian_and_fits_what_no_mixture_of_two_can(fitted, crescent_samples):
    start = Autoregressive(torch.zeros(4), torch.eye(4), units=2, blocks=1, components=5)
    noise = torch.randn(2000, 4, generator=_generator())
    gap = StandardNormal(4).log_prob(noise) - start.log_prob(noise)
    assert gap.mean().item() < 0.1
    mixture = GaussianMixture.fit(crescent_samples, 2, seed=0)
    assert (
        fitted.log_prob(crescent_samples).mean() > mixture.log_prob(crescent_samples).mean() + 0.5
    )


def test_samples_are_distributed_as_the_data(fitted, crescent_samples):
    samples = fitted.sample(4000, _generator(2))
    torch.testing.assert_close(samples.mean(dim=0), crescent_samples.mean(dim=0), rtol=0, atol=0.15)
    torch.testing.assert_close(samples.std(dim=0), crescent_samples.std(dim=0), rtol=0.1, atol=0)
    residual = samples[:, 1] - samples[:, 0].square()
    assert residual.abs().median() < 0.35  # the bend itself; of a Gaussian it would be about 1


def test_the_fit_is_decided_by_its_seed_and_leaves_the_global_generator_alone(crescent):
    short = AutoregressiveFit(units=2, blocks=1, steps=3, batch_size=64)
    state = torch.random.get_rng_state()
    first, again, other = (fit_autoregressive(*crescent, seed, short) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), state)
    latents = crescent[0][:50]
    assert torch.equal(first.log_prob(latents), again.log_prob(latents))
    assert not torch.equal(first.log_prob(latents), other.log_prob(latents))


def test_half_precision_keeps_samples_and_densities(fitted, crescent_samples):
    halves = {name: value.half() for name, value in fitted.tensors().items()}
    state = torch.random.get_rng_state()
    rebuilt = from_tensors(fitted.name, halves)
    assert torch.equal(torch.random.get_rng_state(), state)
    samples, before = rebuilt.sample(500, _generator(1)), fitted.sample(500, _generator(1))
    # A component chosen at the border of two may be the other.
    assert (samples - before).abs().median() < 1e-2
    density, density_before = (prior.log_prob(crescent_samples) for prior in (rebuilt, fitted))
    torch.testing.assert_close(density.mean(), density_before.mean(), rtol=0, atol=0.02)


def test_tempering_narrows_it_and_is_kept(fitted):
    narrow = fitted.tempered(0.5).tempered(0.5)
    assert (
        narrow.sample(2000, _generator()).std(dim=0) < fitted.sample(2000, _generator()).std(dim=0)
    ).all()
    rebuilt = from_tensors(narrow.name, narrow.tensors())
    assert torch.equal(rebuilt.sample(9, _generator()), narrow.sample(9, _generator()))


def test_what_cannot_be_one_is_named(fitted, crescent):
    tensors = fitted.tensors()
    del tensors["blocks.0.outer.weight"]
    with pytest.raises(CheckpointError, match=r"autoregressive prior lacks .* 'blocks.0.outer.wei"):
        from_tensors("autoregressive", tensors)
    with pytest.raises(ConfigError, match="1 molecules cannot fit a prior"):
        fit_autoregressive(crescent[0][:1], crescent[1][:1], seed=0)
    with pytest.raises(ShapeError, match="prior over 3 dimensions"):
        Autoregressive(torch.zeros(3), torch.eye(2), units=1, blocks=1, components=1)
