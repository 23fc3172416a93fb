"""A molecule's own posterior, and how well the network likes the molecule there."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from chemvae.codec import MoleculeCodec
from chemvae.objective import kl_divergence, reconstruction
from chemvae.priors.standard_normal import standard_normal_log_prob
from chemvae.vae import SmilesVae

IGNORED = -1
"""After the end of a shorter molecule; `chemvae.objective.reconstruction` leaves it out."""


class Posterior(NamedTuple):
    """A diagonal Gaussian for each molecule."""

    mean: Tensor
    """`b x d`."""
    log_variance: Tensor
    """`b x d`."""


def weighted_elbo(
    vae: SmilesVae, tokens: Tensor, posterior: Posterior, noise: Tensor, kl_weight: float
) -> Tensor:
    """`log p(x | z) - kl_weight KL(q || p(z))` with one latent a molecule.

    Args:
        vae: The network.
        tokens: `b x t`, as `padded_batches` gives them.
        posterior: Where the latent is drawn.
        noise: The draw, standard normal: `d`, the same for every molecule, or `b x d`.
        kl_weight: 1 is the evidence lower bound.

    Returns:
        Nats, `b`.
    """
    latents = posterior.mean + noise * torch.exp(0.5 * posterior.log_variance)
    kl = kl_to_prior(vae, posterior, noise)
    return -reconstruction(teacher_forced(vae, tokens, latents), tokens[:, 1:]) - kl_weight * kl


def kl_to_prior(vae: SmilesVae, posterior: Posterior, noise: Tensor) -> Tensor:
    """KL from a Gaussian posterior to the prior of the training, nats, `b`.

    To `N(0, I)` exactly; to a learned prior by the one sample that `noise` makes.
    """
    mean, log_variance = posterior
    if vae.learned_prior is None:
        return kl_divergence(mean, log_variance).sum(dim=-1)
    latents = mean + noise * torch.exp(0.5 * log_variance)
    log_q = standard_normal_log_prob(noise.expand_as(mean)) - 0.5 * log_variance.sum(dim=-1)
    return log_q - vae.prior().log_prob(latents)


@torch.no_grad()
def mean_elbo(
    vae: SmilesVae, tokens: Tensor, posterior: Posterior, noise: Tensor, kl_weight: float
) -> Tensor:
    """`weighted_elbo` averaged over the rows of `n x d` noise, in nats, `b`."""
    rows = [weighted_elbo(vae, tokens, posterior, row, kl_weight) for row in noise]
    return torch.stack(rows).mean(dim=0)


def teacher_forced(vae: SmilesVae, tokens: Tensor, latents: Tensor) -> Tensor:
    """Teacher-forced predictions of every token but the first, `b x (t-1) x v`."""
    logits: Tensor = vae.decoder(tokens[:, :-1].clamp(min=0), vae.condition(latents))[0]
    return logits


def padded_batches(
    codec: MoleculeCodec, smiles: Mapping[int, str], size: int
) -> Iterator[tuple[list[int], Tensor]]:
    """Keys and tokens (`b x t`, on the codec's device) of at most `size` molecules at a time.

    Molecules of about one length go together; the end of the shorter ones is `IGNORED`.
    """
    rows = {
        i: codec.vocabulary.encode(line, codec.vae.config.max_tokens) for i, line in smiles.items()
    }
    order = sorted(rows, key=lambda i: len(rows[i]))
    for first in range(0, len(order), size):
        chosen = order[first : first + size]
        sequences = [torch.tensor(rows[i]) for i in chosen]
        tokens = pad_sequence(sequences, batch_first=True, padding_value=IGNORED)
        yield chosen, tokens.to(codec.device)
