"""What training minimises, in nats per molecule."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

HUBER_WIDTH = 0.1
"""Standard deviations of a label below which its loss is quadratic, and above absolute: the
scoreboard's yardstick is the mean absolute error."""


def reconstruction(logits: Tensor, targets: Tensor) -> Tensor:
    """`-log p(x | z)` per molecule: the cross-entropy summed over its tokens.

    Args:
        logits: `b x t x v`.
        targets: `b x t`; negative ones do not count.

    Returns:
        Nats, `b`.
    """
    losses = F.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), reduction="none", ignore_index=-1
    )
    return losses.view(targets.shape).sum(dim=-1)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """`KL(q(z | x) || N(0, I))` per dimension (Kingma & Welling 2014, appendix B).

    Args:
        mean: `b x d`.
        log_variance: `b x d`.

    Returns:
        Nats, `b x d`.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)


def with_free_bits(kl: Tensor, free: float) -> Tensor:
    """The KL term of each molecule, of which `free` nats a group cost nothing.

    A group whose mean over the batch lies below contributes the constant `free` and no gradient
    (Kingma et al. 2016, arXiv:1606.04934, eq. 15).

    Args:
        kl: `b x groups`, nats: a group is a dimension, or all of them together.
        free: Nats a group.

    Returns:
        Nats, `b`.
    """
    paid = kl.mean(dim=0) > free
    return torch.where(paid, kl, torch.full_like(kl, free)).sum(dim=-1)


def importance_weighted(log_weights: Tensor) -> Tensor:
    """The importance-weighted bound on `log p(x)` (Burda et al. 2016, arXiv:1509.00519, eq. 8).

    Args:
        log_weights: `k x b`: log p(x | z) + log p(z) - log q(z | x) of `k` latents a molecule.

    Returns:
        Nats, `b`.
    """
    return torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))


def head_loss(predicted: Tensor, labels: Tensor) -> Tensor:
    """Huber loss of standardised labels, summed over those a molecule has.

    Args:
        predicted: `b x m`.
        labels: `b x m`, NaN where a molecule lacks one.

    Returns:
        `b`.
    """
    missing = labels.isnan()
    losses = F.smooth_l1_loss(
        predicted.float(), labels.nan_to_num(), reduction="none", beta=HUBER_WIDTH
    )
    return losses.masked_fill(missing, 0.0).sum(dim=-1)


def linear_warmup(step: int, warmup_steps: float) -> float:
    """Fraction of a weight's final value at `step`: from 0 to 1 over `warmup_steps`."""
    return 1.0 if warmup_steps <= 0 else min(1.0, step / warmup_steps)


def cyclical_warmup(step: int, warmup_steps: float) -> float:
    """The same, again after every `2 * warmup_steps` (Fu et al. 2019, arXiv:1903.10145)."""
    return linear_warmup(step % max(1, round(2 * warmup_steps)), warmup_steps)


def active_units(means: Tensor, threshold: float = 0.01) -> int:
    """Latent dimensions whose posterior mean varies over the data (Burda et al. 2016).

    Args:
        means: `n x d` posterior means.
        threshold: Variance above which a unit counts as active.
    """
    return int((torch.var(means, dim=0) > threshold).sum())
