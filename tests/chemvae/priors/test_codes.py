"""What the priors that keep latents as signed bytes have in common."""

import pytest
import torch

from chemvae.priors import ExemplarMixture, Vicinal, from_tensors


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module", params=[ExemplarMixture.name, Vicinal.name])
def fitted(request, crescent):
    if request.param == Vicinal.name:
        return Vicinal.fit(*crescent, 0, exemplars=500, neighbours=12, mixed=2)
    return ExemplarMixture.fit(*crescent, 0, 500)


def test_exemplars_are_posterior_means_to_half_a_step(fitted, crescent):
    exemplars = fitted.codes.float() * fitted.step
    offsets = (exemplars.unsqueeze(1) - crescent[0]).abs() / fitted.step
    assert (offsets <= 0.51).all(dim=2).any(dim=1).all()


def test_tempering_narrows_the_noise(fitted):
    noise = fitted.sample(2000, _generator()) - fitted.tempered(1e-6).sample(2000, _generator())
    torch.testing.assert_close(noise.std(dim=0), fitted.spread, rtol=0.1, atol=0)


def test_half_precision_keeps_the_samples(fitted):
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in fitted.tensors().items()
    }
    samples, before = (
        each.sample(500, _generator(1)) for each in (from_tensors(fitted.name, halves), fitted)
    )
    torch.testing.assert_close(samples, before, rtol=1e-2, atol=1e-2)
