"""The loss of a batch, put together from `chemvae.objective` as the configuration says."""

from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.config import TrainConfig
from chemvae.objective import (
    head_loss,
    importance_weighted,
    kl_divergence,
    reconstruction,
    with_free_bits,
)
from chemvae.training.batches import MoleculeBatch
from chemvae.vae import SmilesVae


class Losses(NamedTuple):
    """Of each molecule of a batch, `b`, in nats but for `heads` (Huber loss of standard scores)."""

    nll: Tensor
    kl: Tensor
    heads: Tensor
    total: Tensor
    """What is minimised."""

    def weighted(self, kl_weight: float, head_weight: float) -> Tensor:
        """`nll + kl_weight * kl + head_weight * heads`."""
        return self.nll + kl_weight * self.kl + head_weight * self.heads


def elbo_loss(
    vae: SmilesVae, batch: MoleculeBatch, config: TrainConfig, kl_factor: float | Tensor
) -> Losses:
    """The training loss, with every regularisation the configuration asks for.

    Args:
        vae: The network.
        batch: `b` molecules.
        config: Weights and shares.
        kl_factor: Of the final KL weight, 0 to 1 while it warms up.
    """
    mean, log_variance = _posterior(vae, batch)
    repeated = config.importance_samples
    means, log_variances = mean.repeat(repeated, 1), log_variance.repeat(repeated, 1)
    latents, log_ratio = vae.draw(means, log_variances)
    nll = _decode_loss(vae, batch, latents, config, repeated)
    kl = _kl(vae, mean, log_variance, log_ratio.view(repeated, -1).mean(dim=0))
    heads = _heads(vae, batch, vae.centre(mean, log_variance))
    weight = kl_factor * config.kl_weight
    if repeated > 1:
        bound = importance_weighted(-(nll + weight * log_ratio).view(repeated, -1))
        nll = nll.view(repeated, -1).mean(dim=0)
        total = config.head_weight * heads - bound
    else:
        free = config.free_bits * mean.shape[1] / kl.shape[1]
        total = nll + weight * with_free_bits(kl, free) + config.head_weight * heads
    return Losses(nll, kl.sum(dim=-1), heads, total)


def measure(vae: SmilesVae, batch: MoleculeBatch, generator: torch.Generator) -> Losses:
    """The plain evidence lower bound's terms, nothing regularised; `total` is their sum."""
    mean, log_variance = vae.encoder(batch.tokens)
    latents, log_ratio = vae.draw(mean, log_variance, generator)
    logits, _ = vae.decoder(
        batch.tokens[:, :-1], vae.condition(latents, _conditions(vae, batch.labels))
    )
    nll = reconstruction(logits, batch.tokens[:, 1:])
    kl = _kl(vae, mean, log_variance, log_ratio).sum(dim=-1)
    return Losses(nll, kl, _heads(vae, batch, vae.centre(mean, log_variance)), nll + kl)


def _posterior(vae: SmilesVae, batch: MoleculeBatch) -> tuple[Tensor, Tensor]:
    if batch.spelling is None:
        return vae.encoder(batch.tokens)  # type: ignore[no-any-return]
    return vae.encoder(  # type: ignore[no-any-return]
        batch.spelling.tokens, batch.spelling.lengths.cpu()
    )


def _kl(vae: SmilesVae, mean: Tensor, log_variance: Tensor, log_ratio: Tensor) -> Tensor:
    """Nats of each dimension, `b x d`; where only samples tell, of all together, `b x 1`."""
    if vae.has_closed_form_kl:
        return kl_divergence(mean, log_variance)
    return log_ratio.unsqueeze(-1)


def _decode_loss(
    vae: SmilesVae, batch: MoleculeBatch, latents: Tensor, config: TrainConfig, repeated: int
) -> Tensor:
    """`-log p(x | z)` of `b * repeated` latents, with noise, dropout and hidden labels."""
    tokens, labels = batch.tokens.repeat(repeated, 1), batch.labels.repeat(repeated, 1)
    if config.latent_noise:
        latents = latents + config.latent_noise * torch.randn_like(latents)
    told = _conditions(vae, labels)
    if told is not None:
        told = told.masked_fill(torch.rand_like(told) < config.label_dropout, torch.nan)
    inputs = tokens[:, :-1]
    blanked = None
    if config.word_dropout:
        blanked = torch.rand(inputs.shape, device=inputs.device) < config.word_dropout
    logits, _ = vae.decoder(inputs, vae.condition(latents, told), blanked=blanked)
    return reconstruction(logits, tokens[:, 1:])


def _heads(vae: SmilesVae, batch: MoleculeBatch, mean: Tensor) -> Tensor:
    if vae.heads is None:
        return mean.new_zeros(len(mean))
    labels = vae.heads.scale.standardize(batch.labels[:, : len(vae.heads.names)])
    return head_loss(vae.heads(mean), labels)


def _conditions(vae: SmilesVae, labels: Tensor) -> Tensor | None:
    """The columns of `b x m` labels that the decoder is told."""
    if vae.conditions is None:
        return None
    names = vae.config.labels
    return labels[:, [names.index(name) for name in vae.conditions.scale.names]]
