"""The decoder: an autoregressive GRU that sees the latent at every step."""

import torch
from torch import Tensor, nn

from chemvae.config import ModelConfig


class GruDecoder(nn.Module):
    """Models `p(x | z)` token by token.

    The latent sets the initial state and is concatenated to every input, so that late tokens need
    not remember it (Gómez-Bombarelli et al. 2018, doi:10.1021/acscentsci.7b00572).
    """

    def __init__(self, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        self.layers, self.hidden = config.decoder_layers, config.decoder_hidden
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_dim)
        self.initial = nn.Linear(config.latent_dim, self.layers * self.hidden)
        self.gru = nn.GRU(
            config.embedding_dim + config.latent_dim,
            self.hidden,
            num_layers=self.layers,
            batch_first=True,
        )
        self.output = nn.Linear(self.hidden, vocabulary_size)

    def initial_state(self, latents: Tensor) -> Tensor:
        """`b x d` latents to the state before the first token, `layers x b x h`."""
        state = torch.tanh(self.initial(latents))
        return state.view(-1, self.layers, self.hidden).transpose(0, 1).contiguous()

    def forward(
        self, tokens: Tensor, latents: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits of the token after each given one.

        Args:
            tokens: `b x t`.
            latents: `b x d`.
            state: `layers x b x h` after the tokens before these; none: `tokens` begin with BOS.

        Returns:
            Logits `b x t x v` and the state after the last token, `layers x b x h`.
        """
        if state is None:
            state = self.initial_state(latents)
        repeated = latents.unsqueeze(1).expand(-1, tokens.shape[1], -1)
        inputs = torch.cat([self.embedding(tokens), repeated], dim=-1)
        outputs, state = self.gru(inputs, state)
        return self.output(outputs), state
