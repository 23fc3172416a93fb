"""Greedy and temperature decoding, a batch at a time."""

from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.decoder import GruDecoder
from chemvae.tokens import Vocabulary

COLDEST = 1e-6
"""Temperature below which sampling is greedy: dividing by less would overflow float32."""


class DecodedTokens(NamedTuple):
    """One decode of every latent."""

    tokens: Tensor
    """`b x t`, without BOS; EOS from the end of each molecule on."""
    log_likelihood: Tensor
    """Nats, `b`: `log p(x | z)` of the tokens up to and including EOS, at temperature 1."""


@torch.inference_mode()
def decode(
    decoder: GruDecoder,
    latents: Tensor,
    max_tokens: int,
    *,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> DecodedTokens:
    """Decode `b x d` latents; finished molecules leave the batch, so a step costs what is left.

    Args:
        decoder: The network.
        latents: `b x d`, on the decoder's device.
        max_tokens: Tokens after which a molecule is cut off.
        temperature: 0 takes the likeliest token; above, logits are divided by it and sampled.
        generator: Draws the samples, on whichever device it lives.
    """
    count = len(latents)
    tokens = torch.full((count, max_tokens), Vocabulary.eos, device=latents.device)
    log_likelihood = torch.zeros(count, device=latents.device)
    alive = torch.arange(count, device=latents.device)
    state, last = decoder.initial_state(latents), torch.full_like(alive, Vocabulary.bos)
    for position in range(max_tokens):
        logits, state = decoder(last.unsqueeze(1), latents, state)
        log_probs = torch.log_softmax(logits.squeeze(1).float(), dim=-1)
        last = _choose(log_probs, temperature, generator)
        log_likelihood[alive] += log_probs.gather(1, last.unsqueeze(1)).squeeze(1)
        tokens[alive, position] = last
        going_on = last != Vocabulary.eos
        if not going_on.all():
            alive, last, latents = alive[going_on], last[going_on], latents[going_on]
            state = state[:, going_on].contiguous()
        if not len(alive):
            break
    return DecodedTokens(tokens, log_likelihood)


def _choose(log_probs: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    """The next token of each row of `b x v` log probabilities, `b`."""
    if temperature < COLDEST:
        return log_probs.argmax(dim=-1)
    weights = torch.softmax(log_probs / temperature, dim=-1)
    # A generator draws on its own device only, and callers hold one of the CPU.
    device = generator.device if generator else weights.device
    drawn = torch.multinomial(weights.to(device), 1, generator=generator)
    return drawn.squeeze(1).to(log_probs.device)
