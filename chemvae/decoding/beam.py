"""Beam search: the likeliest strings of a latent."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.decoder import GruDecoder
from chemvae.decoding.mask import TokenMask
from chemvae.decoding.step import StepDecoder
from chemvae.tokens import Vocabulary


class Beams(NamedTuple):
    """The best strings of every latent, best first."""

    tokens: Tensor
    """`b x k x t`, without BOS; EOS from the end of each string on."""
    log_likelihood: Tensor
    """Nats, `b x k`, EOS included, under the model without a mask; minus infinity where the mask
    allows fewer than `k` strings."""


@torch.inference_mode()
def beam_search(
    decoder: GruDecoder | StepDecoder,
    latents: Tensor,
    max_tokens: int,
    width: int,
    mask: TokenMask | None = None,
) -> Beams:
    """The `width` likeliest strings that a beam of that width finds, for `b x d'` latents.

    Strings are ranked by `log p(x | z)` itself. EOS is part of it, so strings of different lengths
    compare as they are, without a length penalty; and since it can only fall as a string grows, the
    search of a latent ends once its `width` best have ended.

    Args:
        decoder: The network, or its compiled step.
        latents: `b x d'`, on the decoder's device.
        max_tokens: Tokens after which a string is cut off, EOS counted.
        width: `k`.
        mask: What may not come next; none: anything may.
    """
    step = decoder if isinstance(decoder, StepDecoder) else StepDecoder(decoder)
    count, device = len(latents), latents.device
    state = step.start(latents.repeat_interleave(width, dim=0))
    grammar = mask.start(count * width, device) if mask else None
    first = torch.arange(0, count * width, width, device=device).unsqueeze(1)
    tokens = torch.full((count, width, max_tokens), Vocabulary.eos, device=device)
    scores = torch.full((count, width), -math.inf, device=device)
    scores[:, 0] = 0.0
    last = torch.full((count * width,), Vocabulary.bos, device=device)
    ended = torch.zeros(count * width, dtype=torch.bool, device=device)
    for position in range(max_tokens if count else 0):
        log_probs = torch.log_softmax(step(last, state), dim=-1)
        if grammar is not None:
            log_probs = log_probs.masked_fill(~grammar.allowed(), -math.inf)
        log_probs = _frozen(log_probs, ended)
        parents, chosen, scores = _best(scores, log_probs)
        tokens = tokens.gather(1, parents.unsqueeze(-1).expand(-1, -1, max_tokens))
        tokens[:, :, position] = chosen
        rows, last = (first + parents).flatten(), chosen.flatten()
        state.select(rows)
        if grammar is not None:
            grammar.select(rows)
            grammar.advance(last)
        ended = last == Vocabulary.eos
        if ended.all():
            break
    return Beams(tokens, scores)


def _frozen(log_probs: Tensor, ended: Tensor) -> Tensor:
    """An ended string goes on with EOS, at no cost."""
    only_eos = torch.full_like(log_probs[:1], -math.inf)
    only_eos[:, Vocabulary.eos] = 0.0
    return torch.where(ended.unsqueeze(1), only_eos, log_probs)


def _best(scores: Tensor, log_probs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The best continuations of each latent: parent string, token and score, each `b x k`."""
    count, width = scores.shape
    size = log_probs.shape[1]
    totals = (scores.flatten().unsqueeze(1) + log_probs).view(count, width * size)
    best = totals.topk(width, dim=1)
    # Where the mask leaves fewer, the best one stands in: no forbidden token reaches the mask.
    picked = torch.where(best.values.isinf(), best.indices[:, :1], best.indices)
    return picked // size, picked % size, best.values
