"""The decoder: an autoregressive GRU that sees the latent at every step."""

import torch
from torch import Tensor, nn

from chemvae.config import ModelConfig


class GruDecoder(nn.Module):
    """Models `p(x | z)` token by token.

    The latent sets the initial state and, unless the configuration says otherwise, is concatenated
    to every input, so that late tokens need not remember it (Gómez-Bombarelli et al. 2018,
    doi:10.1021/acscentsci.7b00572).

    Args:
        vocabulary_size: `v`.
        config: The network's shape.
        condition_width: Numbers that follow the latent's own `d` (`chemvae.labels.Conditions`);
            "latents" below are all of them, `b x d'`.
    """

    def __init__(self, vocabulary_size: int, config: ModelConfig, condition_width: int = 0) -> None:
        super().__init__()
        self.layers, self.hidden = config.decoder_layers, config.decoder_hidden
        self.latent_at_every_step = config.latent_at_every_step
        width = config.latent_dim + condition_width
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_dim)
        self.initial = nn.Linear(width, self.layers * self.hidden)
        self.gru = nn.GRU(
            config.embedding_dim + (width if self.latent_at_every_step else 0),
            self.hidden,
            num_layers=self.layers,
            batch_first=True,
        )
        self.output = nn.Linear(self.hidden, vocabulary_size)

    def initial_state(self, latents: Tensor) -> Tensor:
        """`b x d'` latents to the state before the first token, `layers x b x h`."""
        state = torch.tanh(self.initial(latents))
        return state.view(-1, self.layers, self.hidden).transpose(0, 1).contiguous()

    def forward(
        self,
        tokens: Tensor,
        latents: Tensor,
        state: Tensor | None = None,
        blanked: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Logits of the token after each given one.

        Args:
            tokens: `b x t`.
            latents: `b x d'`.
            state: `layers x b x h` after the tokens before these; none: `tokens` begin with BOS.
            blanked: `b x t` bool: tokens whose embedding is zeroed (word dropout).

        Returns:
            Logits `b x t x v` and the state after the last token, `layers x b x h`.
        """
        if state is None:
            state = self.initial_state(latents)
        inputs = self.embedding(tokens)
        if blanked is not None:
            inputs = inputs.masked_fill(blanked.unsqueeze(-1), 0.0)
        if self.latent_at_every_step:
            repeated = latents.unsqueeze(1).expand(-1, tokens.shape[1], -1)
            inputs = torch.cat([inputs, repeated], dim=-1)
        outputs, state = self.gru(inputs, state)
        return self.output(outputs), state
