"""The encoder: a bidirectional GRU over tokens, to a diagonal Gaussian over latents."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

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

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log variance, each `b x d`.

        Args:
            tokens: `b x t`, all of one length, or padded at the end with anything.
            lengths: `b`, on the CPU: the tokens of each row that count; none: all.
        """
        inputs = self.embedding(tokens)
        if lengths is None:
            return self.read(inputs)
        packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        return self.read(packed)

    def read(self, inputs: Tensor | PackedSequence) -> tuple[Tensor, Tensor]:
        """The same, of embedded tokens, `b x t x e` or packed."""
        _, hidden = self.gru(inputs)
        both_directions = torch.cat([hidden[-2], hidden[-1]], dim=-1)
        mean, log_variance = self.posterior(both_directions).float().chunk(2, dim=-1)
        return mean, log_variance
