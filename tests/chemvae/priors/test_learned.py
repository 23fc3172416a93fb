"""Priors learned with the network: alone, against data that no single Gaussian fits."""

import pytest
import torch
from torch import nn

from chemvae.priors.learned_mixture import LearnedMixture
from chemvae.priors.vamp import VampPrior


@pytest.fixture
def two_clouds() -> torch.Tensor:
    latents = 0.2 * torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    latents[::2] += 2.0
    return latents


def _learn(parameters, mixture, latents):
    optimizer = torch.optim.Adam(parameters, lr=0.05)
    for _ in range(100):
        loss = -mixture().log_prob(latents).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return mixture()


def _encoder():
    torch.manual_seed(0)
    gru, linear = nn.GRU(5, 8, batch_first=True), nn.Linear(8, 6)
    encode = lambda inputs: linear(gru(inputs)[1][-1]).chunk(2, dim=-1)  # noqa: E731
    return encode, [*gru.parameters(), *linear.parameters()]


@pytest.mark.parametrize("kind", ["mixture", "vamp"])
def test_it_learns_the_clouds_it_is_shown(kind, two_clouds):
    torch.manual_seed(1)
    if kind == "mixture":
        prior = LearnedMixture(4, 3)
        learned = _learn(prior.parameters(), prior.mixture, two_clouds)
    else:
        encode, weights = _encoder()
        vamp = VampPrior(4, 5)
        learned = _learn([*vamp.parameters(), *weights], lambda: vamp.mixture(encode), two_clouds)
    samples = learned.sample(2000, torch.Generator().manual_seed(0))
    nearest = torch.cdist(samples, two_clouds).min(dim=1).values
    assert nearest.median() < 0.3
    in_upper = (samples.mean(dim=1) > 1.0).float().mean()
    assert in_upper.item() == pytest.approx(0.5, abs=0.1)


def test_the_gradient_reaches_the_pseudo_inputs_and_the_encoder(two_clouds):
    encode, weights = _encoder()
    vamp = VampPrior(4, 5)
    vamp.mixture(encode).log_prob(two_clouds).sum().backward()
    for weight in [*vamp.parameters(), *weights]:
        assert weight.grad is not None
        assert weight.grad.abs().sum() > 0


def test_at_first_the_mixture_is_about_the_standard_normal():
    torch.manual_seed(0)
    samples = LearnedMixture(200, 3).mixture().sample(5000, torch.Generator().manual_seed(0))
    assert samples.mean(dim=0).abs().max() < 0.2
    assert samples.std(dim=0).tolist() == pytest.approx([1.25**0.5] * 3, abs=0.1)
