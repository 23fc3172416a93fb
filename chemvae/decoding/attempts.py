"""Tokens to molecules: read by RDKit, and decoded again where the mask could not see the fault.

The mask keeps syntax and valences; whether aromatic atoms can be kekulised shows only at the end,
and so does whether a string ended before the limit forced it to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from chemvae.decoding.beam import beam_search
from chemvae.decoding.generate import Randomness, decode, reach_limit
from chemvae.decoding.mask import TokenMask
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Sampling, Strategy
from chemvae.tokens import Vocabulary
from data.errors import MoleculeError
from data.molecules import canonical_smiles

MAX_ATTEMPTS = 16
"""Strings decoded at most for one masked decode."""

BEAM_WIDTH = 4
"""Where a greedy decode failed: the beam in which the likeliest molecule is looked for."""

RETRY_TEMPERATURE = 1.0
"""Where the beam holds none: samples at this temperature, at which the decoder was trained."""


KEPT = 16_384
"""Strings whose molecules are remembered: decodes of one latent mostly repeat each other."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decode of one latent."""

    smiles: str | None
    """RDKit canonical isomeric SMILES; `None` where the decoder's string is no molecule."""
    raw: str
    """The decoder's string itself, the last where there were several attempts."""
    log_likelihood: float
    """Nats: `log p(raw | z)`, at temperature 1 and under the model without a mask."""
    attempts: int = 1
    """Strings decoded until this one; the others did not count."""
    cut: bool = False
    """Whether the string is as long as may be: the limit ended it, not the decoder."""

    @property
    def counts(self) -> bool:
        """Whether it is a molecule that the decoder wrote to its end."""
        return self.smiles is not None and not self.cut


@lru_cache(KEPT)
def read(raw: str) -> str | None:
    """The canonical SMILES of a decoder's string, if it is a molecule."""
    try:
        return canonical_smiles(raw)
    except MoleculeError:
        return None


@dataclass(frozen=True)
class Decoding:
    """One way of decoding latents, for a batch of any size.

    Args:
        step: The decoder.
        vocabulary: Its tokens.
        max_tokens: The most tokens of a molecule, EOS not counted.
        strategy: Chooses each token.
        mask: What may not come next; none: every latent is decoded once, whatever comes of it.
        generator: Draws the samples; one, or one for each latent.
        prefix: Tokens every molecule begins with.
        open_end: Whether something must follow the prefix.
        alike: Whether all molecules get the same random numbers.
        max_attempts: Strings decoded at most where a masked one does not count; if none does, the
            last that is a molecule stands.
        read: The molecule of a string, or none where it does not count.
    """

    step: StepDecoder
    vocabulary: Vocabulary
    max_tokens: int
    strategy: Strategy
    mask: TokenMask | None
    generator: Randomness | None = None
    prefix: Tensor | None = None
    open_end: bool = False
    alike: bool = False
    max_attempts: int = MAX_ATTEMPTS
    read: Callable[[str], str | None] = read

    def __call__(self, latents: Tensor) -> list[Decoded]:
        """One result for each of `b x d'` latents, in order."""
        results = self._once(latents)
        if self.mask is None or self.max_attempts == 1:
            return results
        if not self.strategy.is_random and self.prefix is None:
            self._mend(results, latents, self, Decoding._likeliest)
        for attempt in range(2, self.max_attempts + 1):
            again = replace(self, **self._chances(attempt))
            if not self._mend(results, latents, again, Decoding._once):
                break
        return results

    def of(self, rows: Sequence[int]) -> "Decoding":
        """The same for some of the latents."""
        if isinstance(self.generator, Sequence):
            return replace(self, generator=[self.generator[row] for row in rows])
        return self

    def beams(self, latents: Tensor, width: int) -> list[list[Decoded]]:
        """The `width` likeliest strings of each of `b x d'` latents, best first."""
        found = beam_search(self.step, latents, self.max_tokens + 1, width, self.mask)
        return [
            [item for item in self._read_all(*beam) if item.log_likelihood > float("-inf")]
            for beam in zip(found.tokens, found.log_likelihood, strict=True)
        ]

    def _once(self, latents: Tensor) -> list[Decoded]:
        tokens, log_likelihood = decode(
            self.step,
            latents,
            self.max_tokens + 1,
            strategy=self.strategy,
            mask=self.mask,
            generator=self.generator,
            prefix=self.prefix,
            open_end=self.open_end,
            alike=self.alike,
        )
        return self._read_all(tokens, log_likelihood)

    def _read_all(self, tokens: Tensor, log_likelihood: Tensor) -> list[Decoded]:
        """One result for each row of `b x t` tokens."""
        strings = self.vocabulary.decode_rows(tokens)
        cut = reach_limit(tokens, self.max_tokens)
        return [
            Decoded(self.read(raw), raw, value, cut=is_cut)
            for raw, value, is_cut in zip(
                strings, log_likelihood.tolist(), cut.tolist(), strict=True
            )
        ]

    def _mend(
        self,
        results: list[Decoded],
        latents: Tensor,
        way: "Decoding",
        again: Callable[["Decoding", Tensor], list[Decoded]],
    ) -> int:
        """Decode again what does not count, and count the attempts; how many there were."""
        failed = [
            i
            for i, item in enumerate(results)
            if not item.counts and item.attempts < self.max_attempts
        ]
        found = again(way.of(failed), latents[failed]) if failed else []
        for i, item in zip(failed, found, strict=True):
            is_worse = item.smiles is None and results[i].smiles is not None
            kept = results[i] if is_worse else item
            results[i] = replace(kept, attempts=results[i].attempts + item.attempts)
        return len(failed)

    def _likeliest(self, latents: Tensor) -> list[Decoded]:
        """Of each latent's beam the likeliest string that counts, or the last string."""
        found = []
        for beam in self.beams(latents, min(BEAM_WIDTH, self.max_attempts - 1)):
            tried = [replace(item, attempts=1 + i) for i, item in enumerate(beam)]
            counting = (item for item in tried if item.counts)
            found.append(next(counting, tried[-1]))
        return found

    def _chances(self, attempt: int) -> dict[str, Any]:
        """How a further attempt draws: as this one, or where this one is greedy with numbers that
        are the same for every molecule and batch."""
        if self.strategy.is_random:
            return {}
        fixed = torch.Generator().manual_seed(attempt)
        return {"strategy": Sampling(RETRY_TEMPERATURE), "generator": fixed, "alike": True}
