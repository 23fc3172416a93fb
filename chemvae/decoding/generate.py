"""The decoding loop: a batch of latents, a strategy, perhaps a mask and a prefix, to tokens."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.decoder import GruDecoder
from chemvae.decoding.graph import LARGEST, decode_in_graphs
from chemvae.decoding.mask import TokenMask
from chemvae.decoding.rows import Rows
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Greedy, Strategy
from chemvae.tokens import Vocabulary

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
    in_graphs: bool = True,
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
        in_graphs: Whether a `StepDecoder` on a GPU may launch its steps in CUDA graphs.
    """
    step = decoder if isinstance(decoder, StepDecoder) else StepDecoder(decoder)
    count, device = len(latents), latents.device
    forced = [] if prefix is None else prefix.tolist()
    uniforms = None
    if strategy.is_random:
        uniforms = _uniforms(count, max_tokens, generator, device)
    in_graphs = in_graphs and decoder is step and device.type == "cuda"
    if in_graphs and 0 < count <= LARGEST and prefix is None and not open_end:
        return DecodedTokens(*decode_in_graphs(step, latents, max_tokens, strategy, mask, uniforms))
    tokens = torch.full((count, max_tokens), Vocabulary.eos, device=device)
    batch = Rows(step, latents, mask)
    look = LOOKS.get(device.type, 1)
    for position in range(max_tokens if count else 0):
        if position < len(forced):
            batch.force(forced[position])
        else:
            must_go_on = open_end and position == len(forced)
            batch.extend(strategy, None if uniforms is None else uniforms[position], must_go_on)
        tokens[batch.numbers, position] = batch.last
        if (position + 1) % look == 0 and batch.shed():
            break
    return DecodedTokens(tokens, batch.log_likelihood)


def reach_limit(tokens: Tensor, limit: int) -> Tensor:
    """`b` bool: the rows of `b x t` decoded tokens that have `limit` tokens or more before EOS.

    A masked decoder that has lost its way, and is kept from ending by an open ring, writes on until
    the limit forces the ring to close: a huge ring, which RDKit accepts and no chemist wants.
    """
    return (tokens != Vocabulary.eos).sum(dim=1) >= limit


def _uniforms(count: int, steps: int, generator: Randomness | None, device: torch.device) -> Tensor:
    """`t x b` uniform numbers; row after row from the generator, on whose device they are drawn."""
    if isinstance(generator, Sequence):
        owners = [(owner, len(list(rows))) for owner, rows in groupby(generator)]
        drawn = [torch.rand(n, steps, generator=own, device=own.device) for own, n in owners]
        uniforms = torch.cat(drawn)
    else:
        home = generator.device if generator else device
        uniforms = torch.rand(count, steps, generator=generator, device=home)
    return uniforms.t().contiguous().to(device)
