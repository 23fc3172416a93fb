"""The evidence lower bound, in nats per molecule."""

import torch
import torch.nn.functional as F
from torch import Tensor

from chemvae.vae import VaeOutput


def reconstruction(logits: Tensor, targets: Tensor) -> Tensor:
    """`-log p(x | z)` per molecule: the cross-entropy summed over its tokens.

    Args:
        logits: `b x t x v`.
        targets: `b x t`.

    Returns:
        Nats, `b`.
    """
    losses = F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), reduction="none")
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


def elbo_terms(output: VaeOutput, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Reconstruction and KL of each molecule, in nats, `b` each; ELBO = -(their sum)."""
    nll = reconstruction(output.logits, tokens[:, 1:])
    return nll, kl_divergence(output.mean, output.log_variance).sum(dim=-1)


def linear_warmup(step: int, warmup_steps: float) -> float:
    """Fraction of a weight's final value at `step`: from 0 to 1 over `warmup_steps`."""
    return 1.0 if warmup_steps <= 0 else min(1.0, step / warmup_steps)


def active_units(means: Tensor, threshold: float = 0.01) -> int:
    """Latent dimensions whose posterior mean varies over the data (Burda et al. 2016).

    Args:
        means: `n x d` posterior means.
        threshold: Variance above which a unit counts as active.
    """
    return int((torch.var(means, dim=0) > threshold).sum())
