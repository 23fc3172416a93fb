"""Dreams: the decoder learns from its own masked, valid decodes what the mask knows.

Latents are drawn where the training set's posteriors are not, from the prior and half-way between
its samples; the automaton keeps their greedy decodes valid; what RDKit parses, and was not ended by
the limit alone, becomes an example for the unmasked decoder. This is the sleep phase of wake-sleep
(Hinton et al. 1995, doi:10.1126/science.7761831) with a filter.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from multiprocessing import get_context
from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.decoding import decode, reach_limit
from chemvae.decoding.mask import TokenMask
from chemvae.objective import reconstruction
from chemvae.priors import Prior
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.molecules import is_valid

IGNORED = -1
"""A target that does not count, as `chemvae.objective.reconstruction` takes it."""

BATCHES = 16
"""Batches dreamt at once: RDKit reads them on all cores, and they are sorted by length."""

DECODED = {"cpu": 512, "cuda": 8192}
"""Latents decoded together, by device."""

MOST_READERS = 8
"""Processes that read them at most: each takes seconds to start."""

CHUNK = 256
"""Strings a process reads at a time."""


class Dreams(NamedTuple):
    """Examples of about one length."""

    latents: Tensor
    """`n x d`."""
    tokens: Tensor
    """`n x t` from BOS, padded with EOS."""


class Dreamer:
    """Makes examples with the decoder.

    Args:
        prior: Where latents are drawn; none: the prior that the network learns itself.
        mask: Keeps decodes valid.
        vocabulary: The tokens.
        seed: Decides the latents, together with the step.
    """

    def __init__(
        self, prior: Prior | None, mask: TokenMask, vocabulary: Vocabulary, seed: int
    ) -> None:
        self.prior, self.mask, self.vocabulary, self.seed = prior, mask, vocabulary, seed
        self._ready: list[Dreams] = []

    def draw(self, vae: SmilesVae, count: int, step: int) -> Dreams:
        """Up to `count` valid dreams."""
        if not self._ready:
            generator = torch.Generator().manual_seed(self.seed + step)
            self._ready = self._dream(vae, count, generator)
        return self._ready.pop()

    def _dream(self, vae: SmilesVae, count: int, generator: torch.Generator) -> list[Dreams]:
        """Valid decodes that the limit did not end, in batches of `count`, in random order; where
        there is none, one empty batch."""
        latents = self._latents(vae, BATCHES * count, generator)
        with torch.autocast(latents.device.type, enabled=False):
            decoded = torch.cat(
                [
                    decode(vae.decoder, told, vae.config.max_tokens + 1, mask=self.mask).tokens
                    for told in torch.split(vae.condition(latents), DECODED[latents.device.type])
                ]
            )
        lines = self.vocabulary.decode_rows(decoded)
        valid = torch.tensor(list(self._readers.map(is_valid, lines, chunksize=CHUNK)))
        ended = ~reach_limit(decoded, vae.config.max_tokens)
        rows = (valid.to(latents.device) & ended).nonzero().squeeze(1)
        lengths = (decoded[rows] != Vocabulary.eos).sum(dim=1)
        batches = torch.split(rows[lengths.argsort()], count)
        order = torch.randperm(len(batches), generator=generator).tolist()
        return [_batch(latents, decoded, batches[i]) for i in order]

    @torch.no_grad()
    def _latents(self, vae: SmilesVae, count: int, generator: torch.Generator) -> Tensor:
        """`n x d`: half from the prior, half midway between two of its samples."""
        prior = vae.prior() if self.prior is None else self.prior
        ends = prior.sample(2 * count, generator).view(2, count, -1)
        half_way = torch.arange(count) % 2 == 0
        latents = torch.where(half_way.unsqueeze(-1), ends.mean(dim=0), ends[0])
        return latents.to(vae.encoder.posterior.weight.device)

    @cached_property
    def _readers(self) -> ProcessPoolExecutor:
        # A fork of a process that runs torch's threads can hang.
        return ProcessPoolExecutor(
            min(MOST_READERS, os.cpu_count() or 1), mp_context=get_context("forkserver")
        )


def dream_loss(vae: SmilesVae, latents: Tensor, tokens: Tensor) -> Tensor:
    """`-log p(x | z)` of each dream, nats, `b`."""
    logits, _ = vae.decoder(tokens[:, :-1], vae.condition(latents))
    ended = tokens[:, :-1] == Vocabulary.eos
    return reconstruction(logits, tokens[:, 1:].masked_fill(ended, IGNORED))


def _batch(latents: Tensor, decoded: Tensor, rows: Tensor) -> Dreams:
    tokens = decoded[rows]
    longest = int((tokens != Vocabulary.eos).sum(dim=1).amax()) + 1 if len(rows) else 1
    begin = torch.full((len(rows), 1), Vocabulary.bos, device=tokens.device)
    return Dreams(latents[rows], torch.cat([begin, tokens[:, :longest]], dim=1))
