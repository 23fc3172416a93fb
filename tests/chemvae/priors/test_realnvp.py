import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.functional import jacobian

from chemvae.errors import CheckpointError, ConfigError, ShapeError
from chemvae.priors import GaussianMixture, RealNvp, StandardNormal, from_tensors
from chemvae.priors.realnvp_fit import RealNvpFit, fit_realnvp

SMALL = RealNvpFit(layers=4, hidden=32, steps=250, batch_size=256, validation_every=25)


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def fitted(crescent):
    return fit_realnvp(*crescent, seed=0, settings=SMALL)


def _random_flow(d, seed):
    """A flow as training might leave it: no weight at its initial zero."""
    flow = RealNvp(torch.zeros(d), torch.eye(d), layers=3, hidden=8)
    with torch.no_grad():
        for weight in flow.parameters():
            weight.copy_(torch.randn(weight.shape, generator=_generator(seed)) * 0.5)
    flow.location.copy_(torch.randn(d, generator=_generator(seed)))
    flow.scale.copy_(torch.randn(d, d, generator=_generator(seed)).tril(-1) + 2 * torch.eye(d))
    return flow.double().eval().requires_grad_(False)


def _to_latents(flow, noise):
    for layer in reversed(flow.layers):
        noise = layer(noise)
    return flow.location + noise @ flow.scale.T


@given(st.integers(2, 7), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_the_density_is_the_bases_over_the_jacobian_of_the_sampler(d, seed):
    flow = _random_flow(d, seed)
    noise = torch.randn(1, d, generator=_generator(seed), dtype=torch.double)
    matrix = jacobian(lambda u: _to_latents(flow, u).squeeze(0), noise).squeeze(1)
    expected = StandardNormal(d).log_prob(noise) - torch.linalg.slogdet(matrix)[1]
    torch.testing.assert_close(flow.log_prob(_to_latents(flow, noise)), expected)


@given(st.integers(2, 7), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_layer_undoes_itself(d, seed):
    layer = _random_flow(d, seed).layers[0]
    noise = torch.randn(5, d, generator=_generator(seed), dtype=torch.double)
    torch.testing.assert_close(layer.inverse(layer(noise))[0], noise)


def test_two_layers_change_every_dimension():
    flow = _random_flow(5, seed=0)
    noise = torch.randn(1, 5, generator=_generator(), dtype=torch.double)
    changed = flow.layers[0](flow.layers[1](noise))
    carried = flow.layers[0].order.argsort()
    assert (changed != noise[:, flow.layers[1].order.argsort()][:, carried]).all()


def test_it_fits_what_no_mixture_of_two_can(fitted, crescent_samples):
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
    short = RealNvpFit(layers=2, hidden=8, steps=3, batch_size=64)
    state = torch.random.get_rng_state()
    first, again, other = (fit_realnvp(*crescent, seed, short) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), state)
    latents = crescent[0][:50]
    assert torch.equal(first.log_prob(latents), again.log_prob(latents))
    assert not torch.equal(first.log_prob(latents), other.log_prob(latents))


def test_a_fit_that_only_gets_worse_stops_at_the_gaussian_it_began_with(crescent):
    wild = RealNvpFit(
        layers=2, hidden=8, steps=10**6, learning_rate=50.0, validation_every=1, patience=5
    )
    flow = fit_realnvp(*crescent, seed=0, settings=wild)
    noise = torch.randn(50, 4, generator=_generator())
    torch.testing.assert_close(
        flow.log_prob(flow.location + noise @ flow.scale.T),
        StandardNormal(4).log_prob(noise) - flow.scale.diagonal().log().sum(),
    )


def test_a_handful_of_molecules_is_enough(crescent):
    flow = fit_realnvp(crescent[0][:3], crescent[1][:3], 0, RealNvpFit(steps=20))
    assert torch.isfinite(flow.sample(10, _generator())).all()


def test_half_precision_keeps_samples_and_densities(fitted, crescent_samples):
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in fitted.tensors().items()
    }
    state = torch.random.get_rng_state()
    rebuilt = from_tensors(fitted.name, halves)
    assert torch.equal(torch.random.get_rng_state(), state)
    samples, before = rebuilt.sample(500, _generator(1)), fitted.sample(500, _generator(1))
    torch.testing.assert_close(samples, before, rtol=1e-2, atol=1e-2)
    density, density_before = (flow.log_prob(crescent_samples) for flow in (rebuilt, fitted))
    torch.testing.assert_close(density.mean(), density_before.mean(), rtol=0, atol=0.02)


def test_tempering_narrows_the_base(fitted):
    narrow = fitted.tempered(0.5).tempered(0.5)
    assert (
        narrow.sample(2000, _generator()).std(dim=0) < fitted.sample(2000, _generator()).std(dim=0)
    ).all()
    point = _random_flow(3, 0).float()
    noise = torch.randn(1, 3, generator=_generator())
    tempered = point.tempered(0.5)
    gained = tempered.log_prob(_to_latents(point, noise)) - point.log_prob(
        _to_latents(point, noise)
    )
    expected = 3 * torch.log(torch.tensor(2.0)) - 1.5 * noise.square().sum()
    torch.testing.assert_close(gained, expected.reshape(1), rtol=1e-3, atol=1e-3)
    rebuilt = from_tensors(narrow.name, narrow.tensors())
    assert torch.equal(rebuilt.sample(9, _generator()), narrow.sample(9, _generator()))


def test_what_cannot_be_a_flow_is_named(fitted, crescent):
    tensors = fitted.tensors()
    del tensors["layers.1.order"], tensors["location"]
    with pytest.raises(CheckpointError, match="realnvp prior lacks its tensor 'location'"):
        from_tensors("realnvp", tensors)
    with pytest.raises(ConfigError, match="1 molecules cannot fit a prior"):
        fit_realnvp(crescent[0][:1], crescent[1][:1], seed=0)
    with pytest.raises(ConfigError, match="2 latent dimensions"):
        RealNvp(torch.zeros(1), torch.eye(1), layers=1, hidden=4)
    with pytest.raises(ShapeError, match="flow over 3 dimensions"):
        RealNvp(torch.zeros(3), torch.eye(2), layers=1, hidden=4)
