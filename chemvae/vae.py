"""The variational autoencoder: encoder, reparameterised latent, decoder (Kingma & Welling 2014)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from chemvae.config import ModelConfig
from chemvae.decoder import GruDecoder
from chemvae.encoder import GruEncoder


class VaeOutput(NamedTuple):
    """One teacher-forced pass."""

    logits: Tensor
    """`b x (t-1) x v`: the prediction of tokens 1 to t-1."""
    mean: Tensor
    """`b x d`, of the posterior."""
    log_variance: Tensor
    """`b x d`, of the posterior."""


class SmilesVae(nn.Module):
    """A GRU VAE over SMILES tokens."""

    def __init__(self, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = GruEncoder(vocabulary_size, config)
        self.decoder = GruDecoder(vocabulary_size, config)

    def forward(self, tokens: Tensor, generator: torch.Generator | None = None) -> VaeOutput:
        """`b x t` sequences of one length, BOS and EOS included, through a sampled latent."""
        mean, log_variance = self.encoder(tokens)
        latents = reparameterize(mean, log_variance, generator)
        logits, _ = self.decoder(tokens[:, :-1], latents)
        return VaeOutput(logits, mean, log_variance)


def reparameterize(
    mean: Tensor, log_variance: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """A sample of `N(mean, exp(log_variance))`, `b x d`, differentiable in both."""
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + noise * torch.exp(0.5 * log_variance)
