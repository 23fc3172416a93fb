"""The encoder: a bidirectional GRU over tokens, to a diagonal Gaussian over latents."""

import torch
from torch import Tensor, nn

from chemvae.config import ModelConfig


class GruEncoder(nn.Module):
    """Maps token sequences to the mean and log variance of `q(z | x)`."""

    def __init__(self, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_dim)
        self.gru = nn.GRU(
            config.embedding_dim,
            config.encoder_hidden,
            num_layers=config.encoder_layers,
            bidirectional=True,
            batch_first=True,
        )
        self.posterior = nn.Linear(2 * config.encoder_hidden, 2 * config.latent_dim)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """`b x t` tokens of one length to mean and log variance, each `b x d`."""
        _, hidden = self.gru(self.embedding(tokens))
        both_directions = torch.cat([hidden[-2], hidden[-1]], dim=-1)
        mean, log_variance = self.posterior(both_directions).float().chunk(2, dim=-1)
        return mean, log_variance
