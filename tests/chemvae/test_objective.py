import math

import pytest
import torch
from torch.distributions import Categorical, Normal
from torch.distributions import kl_divergence as reference_kl

from chemvae.objective import (
    active_units,
    cyclical_warmup,
    head_loss,
    importance_weighted,
    kl_divergence,
    linear_warmup,
    reconstruction,
    with_free_bits,
)


def test_kl_agrees_with_torch_distributions():
    generator = torch.Generator().manual_seed(0)
    mean, log_variance = torch.randn(2, 5, 3, generator=generator)
    reference = reference_kl(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_divergence(mean, log_variance), reference)


def test_reconstruction_sums_token_losses_in_nats():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 7, generator=generator)
    targets = torch.randint(7, (2, 4), generator=generator)
    reference = -Categorical(logits=logits).log_prob(targets).sum(dim=-1)
    torch.testing.assert_close(reconstruction(logits, targets), reference)
    uniform = reconstruction(torch.zeros(1, 4, 7), targets[:1])
    assert uniform.item() == pytest.approx(4 * math.log(7))


def test_ignored_targets_cost_nothing():
    logits = torch.randn(1, 3, 5, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[2, 4, 1]])
    padded = torch.cat([logits, torch.randn(1, 2, 5)], dim=1)
    ignored = torch.tensor([[2, 4, 1, -1, -1]])
    torch.testing.assert_close(reconstruction(padded, ignored), reconstruction(logits, targets))


def test_free_bits_are_free_and_carry_no_gradient():
    kl = torch.tensor([[0.1, 3.0], [0.3, 1.0]], requires_grad=True)
    charged = with_free_bits(kl, 0.5)
    torch.testing.assert_close(charged, torch.tensor([3.5, 1.5]))
    charged.sum().backward()
    torch.testing.assert_close(kl.grad, torch.tensor([[0.0, 1.0], [0.0, 1.0]]))
    torch.testing.assert_close(with_free_bits(kl, 0.0), kl.sum(dim=-1))


def test_the_importance_weighted_bound_lies_between_mean_and_maximum():
    log_weights = torch.randn(64, 5, generator=torch.Generator().manual_seed(0))
    bound = importance_weighted(log_weights)
    assert (log_weights.mean(dim=0) < bound).all()
    assert (bound < log_weights.max(dim=0).values).all()
    torch.testing.assert_close(importance_weighted(log_weights[:1]), log_weights[0])


def test_missing_labels_teach_nothing():
    predicted = torch.tensor([[0.2, 5.0]], requires_grad=True)
    loss = head_loss(predicted, torch.tensor([[0.0, math.nan]]))
    loss.sum().backward()
    assert predicted.grad[0, 1] == 0
    assert predicted.grad[0, 0] > 0
    assert loss.item() == pytest.approx(0.2 - 0.05)


def test_the_cycle_starts_again():
    assert [cyclical_warmup(step, 2) for step in range(6)] == [0.0, 0.5, 1.0, 1.0, 0.0, 0.5]


def test_warmup_rises_linearly_and_stays():
    assert [linear_warmup(step, 4) for step in (0, 1, 4, 9)] == [0.0, 0.25, 1.0, 1.0]
    assert linear_warmup(0, 0) == 1.0


def test_a_constant_dimension_is_not_active():
    means = torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    means[:, 1] = 0.5
    assert active_units(means) == 2
