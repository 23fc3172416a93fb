"""The decoding loop: a batch of latents, a strategy, perhaps a mask and a prefix, to tokens."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.decoder import GruDecoder
from chemvae.decoding.mask import MaskState, TokenMask
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Greedy, Strategy
from chemvae.tokens import Vocabulary

FINISHED_SHARE = 1 / 8
"""Share of rows that must have finished before they leave the batch: leaving copies the others."""

GREEDY = Greedy()
LOOKS = {"cuda": 8}
"""Steps between two looks at what has finished, by device: a look waits for the GPU."""

Randomness = torch.Generator | Sequence[torch.Generator]
"""One generator for all rows, or one for each, so that calls can share a batch."""


class DecodedTokens(NamedTuple):
    """One decode of every latent."""

    tokens: Tensor
    """`b x t`, without BOS; EOS from the end of each molecule on."""
    log_likelihood: Tensor
    """Nats, `b`: `log p(x | z)` of the tokens up to and including EOS, at temperature 1 and under
    the model without a mask."""


@torch.inference_mode()
def decode(
    decoder: GruDecoder | StepDecoder,
    latents: Tensor,
    max_tokens: int,
    *,
    strategy: Strategy = GREEDY,
    mask: TokenMask | None = None,
    generator: Randomness | None = None,
    prefix: Tensor | None = None,
    open_end: bool = False,
    alike: bool = False,
) -> DecodedTokens:
    """Decode `b x d'` latents; finished molecules leave the batch, so a step costs what is left.

    Random numbers are drawn beforehand, a row of them for every molecule: what one becomes
    depends on its latent and its numbers, not on when the others finish.

    Args:
        decoder: The network, or its compiled step.
        latents: `b x d'`, on the decoder's device.
        max_tokens: Tokens after which a molecule is cut off, EOS counted.
        strategy: Chooses each token.
        mask: What may not come next; none: anything may.
        generator: Draws the samples, on whichever device it lives; none: torch's own. Or one for
            each row: those of one generator draw from it row after row, as if they were alone.
        prefix: Tokens every molecule begins with, without BOS; the mask must allow them.
        open_end: Whether something must follow the prefix.
        alike: Whether all molecules get the same random numbers, so that what one becomes does not
            depend on its place in the batch either.
    """
    step = decoder if isinstance(decoder, StepDecoder) else StepDecoder(decoder)
    count, device = len(latents), latents.device
    forced = [] if prefix is None else prefix.tolist()
    uniforms = None
    if strategy.is_random:
        rows = min(count, 1) if alike else count
        uniforms = _uniforms(rows, max_tokens, generator, device).expand(-1, count)
    tokens = torch.full((count, max_tokens), Vocabulary.eos, device=device)
    batch = _Batch(step, latents, mask)
    look = LOOKS.get(device.type, 1)
    for position in range(max_tokens if count else 0):
        log_probs = batch.predict()
        if position < len(forced):
            chosen = torch.full_like(batch.last, forced[position])
        else:
            possible = batch.restrict(log_probs, open_end and position == len(forced))
            drawn = (
                log_probs if uniforms is None else uniforms[position].index_select(0, batch.rows)
            )
            chosen = strategy.choose(possible, drawn)
        batch.take(chosen, log_probs)
        tokens[batch.rows, position] = batch.last
        if (position + 1) % look == 0 and batch.shed():
            break
    return DecodedTokens(tokens, batch.log_likelihood)


class _Batch:
    """The molecules that are still being decoded; row `i` is number `rows[i]` of all."""

    def __init__(self, step: StepDecoder, latents: Tensor, mask: TokenMask | None) -> None:
        count, device = len(latents), latents.device
        self.step, self.state = step, step.start(latents)
        self.grammar: MaskState | None = mask.start(count, device) if mask else None
        self.rows = torch.arange(count, device=device)
        self.last = torch.full_like(self.rows, Vocabulary.bos)
        self.running = torch.ones(count, dtype=torch.bool, device=device)
        self.log_likelihood = torch.zeros(count, device=device)

    def predict(self) -> Tensor:
        """Log probabilities of the next token, `b x v`."""
        return torch.log_softmax(self.step(self.last, self.state), dim=-1)

    def restrict(self, log_probs: Tensor, must_go_on: bool) -> Tensor:
        """The same with minus infinity for what may not come next."""
        if self.grammar is not None:
            log_probs = log_probs.masked_fill(~self.grammar.allowed(), -math.inf)
        if must_go_on:
            rest = log_probs.clone()
            rest[:, Vocabulary.eos] = -math.inf
            # A row that can do nothing but end ends all the same.
            log_probs = torch.where(rest.amax(dim=1, keepdim=True).isinf(), log_probs, rest)
        return log_probs

    def take(self, chosen: Tensor, log_probs: Tensor) -> None:
        """Add the next token of every row, `b`; a finished row only repeats EOS."""
        self.last = chosen.masked_fill(~self.running, Vocabulary.eos)
        gained = log_probs.gather(1, self.last.unsqueeze(1)).squeeze(1)
        self.log_likelihood.index_add_(0, self.rows, gained.masked_fill(~self.running, 0.0))
        self.running = self.running & (self.last != Vocabulary.eos)
        if self.grammar is not None:
            self.grammar.advance(self.last)

    def shed(self) -> bool:
        """Let finished rows leave once they are many; whether none is left."""
        left = int(self.running.sum())
        if left and left <= (1 - FINISHED_SHARE) * len(self.rows):
            going_on = self.running.nonzero().squeeze(1)
            self.state.select(going_on)
            if self.grammar is not None:
                self.grammar.select(going_on)
            self.rows, self.last = self.rows[going_on], self.last[going_on]
            self.running = self.running[going_on]
        return left == 0


def _uniforms(count: int, steps: int, generator: Randomness | None, device: torch.device) -> Tensor:
    """`t x b` uniform numbers; row after row from the generator, on whose device they are drawn."""
    if isinstance(generator, Sequence):
        drawn = [
            _uniforms(len(list(rows)), steps, owner, device) for owner, rows in groupby(generator)
        ]
        return torch.cat(drawn, dim=1)
    home = generator.device if generator else device
    uniforms = torch.rand(count, steps, generator=generator, device=home)
    return uniforms.t().contiguous().to(device)
