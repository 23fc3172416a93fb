import math

import pytest
import torch
from torch.distributions import Categorical, Normal
from torch.distributions import kl_divergence as reference_kl

from chemvae.objective import active_units, kl_divergence, linear_warmup, reconstruction


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


def test_warmup_rises_linearly_and_stays():
    assert [linear_warmup(step, 4) for step in (0, 1, 4, 9)] == [0.0, 0.25, 1.0, 1.0]
    assert linear_warmup(0, 0) == 1.0


def test_a_constant_dimension_is_not_active():
    means = torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    means[:, 1] = 0.5
    assert active_units(means) == 2
