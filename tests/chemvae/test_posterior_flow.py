import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.functional import jacobian

from chemvae.posterior_flow import GATE_BIAS, AutoregressiveStep, InverseAutoregressiveFlow


def _trained(module, seed):
    """The module as training might leave it: no weight at its initial zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.5)
    return module.double()


def _inputs(latent_dim, seed, rows=4):
    generator = torch.Generator().manual_seed(seed)
    draw = torch.randn(rows, latent_dim + 3, generator=generator, dtype=torch.double)
    return draw[:, :latent_dim], draw[:, latent_dim:]


dims, seeds = st.integers(1, 6), st.integers(0, 1000)


@given(dims, st.integers(1, 12), seeds)
@settings(max_examples=30, deadline=None)
def test_an_output_depends_on_the_latents_before_it_alone(d, hidden, seed):
    step = _trained(AutoregressiveStep(d, 3, hidden), seed)
    latents, context = _inputs(d, seed, rows=1)
    matrix = jacobian(lambda z: step(z, context)[0].squeeze(0), latents).squeeze(1)
    assert torch.equal(matrix, matrix.tril())
    assert (matrix.diagonal() > 0).all()


def test_with_units_enough_every_earlier_latent_is_listened_to():
    step = _trained(AutoregressiveStep(5, 3, 8), seed=0)
    latents, context = _inputs(5, 0, rows=1)
    matrix = jacobian(lambda z: step(z, context)[0].squeeze(0), latents).squeeze(1)
    assert (matrix.tril() != 0).sum() == 15


@given(dims, st.integers(1, 4), seeds)
@settings(max_examples=30, deadline=None)
def test_the_log_determinant_is_the_jacobians(d, steps, seed):
    flow = _trained(InverseAutoregressiveFlow(d, 3, steps, hidden=7), seed)
    latents, context = _inputs(d, seed)
    _, log_det = flow(latents, context)
    for row in range(len(latents)):
        one, its_context = latents[row : row + 1], context[row : row + 1]
        matrix = jacobian(lambda z, c=its_context: flow(z, c)[0].squeeze(0), one).squeeze(1)
        torch.testing.assert_close(torch.linalg.slogdet(matrix)[1], log_det[row])


@given(dims, seeds)
@settings(max_examples=30, deadline=None)
def test_a_step_can_be_undone(d, seed):
    step = _trained(AutoregressiveStep(d, 3, hidden=7), seed)
    latents, context = _inputs(d, seed)
    carried, _ = step(latents, context)
    found = torch.zeros_like(latents)
    for _ in range(d):  # each pass makes one more latent exact
        found = found + (carried - step(found, context)[0]) / _gate(step, found, context)
    torch.testing.assert_close(found, latents)


def _gate(step, latents, context):
    hidden = F.elu(step.listen(latents) + step.context(context))
    return torch.sigmoid(step.speak(hidden).chunk(2, dim=-1)[1] + GATE_BIAS)


def test_at_first_the_flow_shrinks_all_latents_alike():
    flow = InverseAutoregressiveFlow(4, 3, steps=2, hidden=8).double()
    latents, context = _inputs(4, 0)
    carried, log_det = flow(latents, context)
    gate = 1 / (1 + math.exp(-GATE_BIAS))
    torch.testing.assert_close(carried, latents * gate**2)
    assert log_det.tolist() == pytest.approx([8 * math.log(gate)] * 4)


def test_the_context_reaches_every_latent():
    flow = _trained(InverseAutoregressiveFlow(4, 3, steps=1, hidden=8), seed=0)
    latents, context = _inputs(4, 0, rows=1)
    matrix = jacobian(lambda c: flow(latents, c)[0].squeeze(0), context).squeeze(1)
    assert (matrix.abs().sum(dim=1) > 0).all()


def test_the_masks_need_no_place_in_a_checkpoint():
    flow = InverseAutoregressiveFlow(4, 3, steps=1, hidden=8)
    assert not [name for name in flow.state_dict() if "mask" in name]
