"""The molecules of a batch that are still being decoded."""

import math

import torch
from torch import Tensor

from chemvae.decoding.mask import MaskState, TokenMask
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Strategy
from chemvae.tokens import Vocabulary

FINISHED_SHARE = 1 / 8
"""Share of rows that must have finished before they leave the batch: leaving copies the others."""


class Rows:
    """The molecules that are still being decoded; row `i` is number `numbers[i]` of all.

    Args:
        step: The decoder.
        latents: `b x d'`, on its device.
        mask: What may not come next; none: anything may.
    """

    def __init__(self, step: StepDecoder, latents: Tensor, mask: TokenMask | None) -> None:
        count, device = len(latents), latents.device
        self.step, self.state = step, step.start(latents)
        self.grammar: MaskState | None = mask.start(count, device) if mask else None
        self.numbers = torch.arange(count, device=device)
        self.last = torch.full_like(self.numbers, Vocabulary.bos)
        self.running = torch.ones(count, dtype=torch.bool, device=device)
        self.log_likelihood = torch.zeros(count, device=device)

    def extend(self, strategy: Strategy, uniforms: Tensor | None, must_go_on: bool = False) -> None:
        """Every row takes the token that the strategy chooses.

        Args:
            strategy: Chooses it.
            uniforms: A random number for each of all molecules, where the strategy draws.
            must_go_on: Whether the molecules may not end here.
        """
        log_probs = self._predict()
        possible = self._restrict(log_probs, must_go_on)
        drawn = log_probs if uniforms is None else uniforms.index_select(0, self.numbers)
        self._take(strategy.choose(possible, drawn), log_probs)

    def force(self, token: int) -> None:
        """Every row takes this token."""
        self._take(torch.full_like(self.last, token), self._predict())

    def _predict(self) -> Tensor:
        """Log probabilities of the next token, `b x v`."""
        return torch.log_softmax(self.step(self.last, self.state), dim=-1)

    def _restrict(self, log_probs: Tensor, must_go_on: bool) -> Tensor:
        """The same with minus infinity for what may not come next."""
        if self.grammar is not None:
            log_probs = log_probs.masked_fill(~self.grammar.allowed(), -math.inf)
        if must_go_on:
            rest = log_probs.clone()
            rest[:, Vocabulary.eos] = -math.inf
            # A row that can do nothing but end ends all the same.
            log_probs = torch.where(rest.amax(dim=1, keepdim=True).isinf(), log_probs, rest)
        return log_probs

    def _take(self, chosen: Tensor, log_probs: Tensor) -> None:
        """Add the next token of every row, `b`; a finished row only repeats EOS."""
        self.last = chosen.masked_fill(~self.running, Vocabulary.eos)
        gained = log_probs.gather(1, self.last.unsqueeze(1)).squeeze(1)
        self.log_likelihood.index_add_(0, self.numbers, gained.masked_fill(~self.running, 0.0))
        self.running = self.running & (self.last != Vocabulary.eos)
        if self.grammar is not None:
            self.grammar.advance(self.last)

    def shed(self) -> bool:
        """Let finished rows leave once they are many; whether none is left."""
        left = int(self.running.sum())
        if left and left <= (1 - FINISHED_SHARE) * len(self.numbers):
            going_on = self.running.nonzero().squeeze(1)
            self.state.select(going_on)
            if self.grammar is not None:
                self.grammar.select(going_on)
            self.numbers, self.last = self.numbers[going_on], self.last[going_on]
            self.running = self.running[going_on]
        return left == 0
