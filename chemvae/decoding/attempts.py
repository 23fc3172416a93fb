"""Tokens to molecules: read by RDKit, and decoded again where the mask could not see the fault.

The mask keeps syntax and valences; whether aromatic atoms can be kekulised shows only at the end,
and so does whether a string ended before the limit forced it to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

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
        batch: Rows decoded at a time.
        generator: Draws the samples; one, or one for each latent.
        prefix: Tokens every molecule begins with.
        open_end: Whether something must follow the prefix.
        max_attempts: Strings decoded at most where a masked one does not count; if none does, the
            last that is a molecule stands.
        read: The molecule of a string, or none where it does not count.
    """

    step: StepDecoder
    vocabulary: Vocabulary
    max_tokens: int
    strategy: Strategy
    mask: TokenMask | None
    batch: int
    generator: Randomness | None = None
    prefix: Tensor | None = None
    open_end: bool = False
    max_attempts: int = MAX_ATTEMPTS
    read: Callable[[str], str | None] = read

    def __call__(self, latents: Tensor) -> list[Decoded]:
        """One result for each of `n x d'` latents, in order."""
        results = self._once(latents)
        if self.mask is None:
            return results
        failed = self._failed(results)
        if failed and not self.strategy.is_random and self.prefix is None:
            for row, item in zip(failed, self._likeliest(latents[failed]), strict=True):
                results[row] = _after(results[row], item)
        tried = 1
        while failed := self._failed(results):
            # As many again as there were before, side by side: a step costs a few rows no more
            # than one.
            self._sample_again(results, latents, failed, tried)
            tried *= 2
        return results

    def beams(self, latents: Tensor, width: int) -> list[list[Decoded]]:
        """The `width` likeliest strings of each of `n x d'` latents, best first."""
        return [
            [item for item in self._read_all(*beam) if item.log_likelihood > float("-inf")]
            for part in _parts(latents, max(1, self.batch // width))
            for beam in zip(
                *beam_search(self.step, part, self.max_tokens + 1, width, self.mask), strict=True
            )
        ]

    def _once(self, latents: Tensor) -> list[Decoded]:
        results: list[Decoded] = []
        for part in _parts(latents, self.batch):
            own = self.generator
            if isinstance(own, Sequence):
                own = own[len(results) : len(results) + len(part)]
            tokens, log_likelihood = decode(
                self.step,
                part,
                self.max_tokens + 1,
                strategy=self.strategy,
                mask=self.mask,
                generator=own,
                prefix=self.prefix,
                open_end=self.open_end,
            )
            results += self._read_all(tokens, log_likelihood)
        return results

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

    def _failed(self, results: Sequence[Decoded]) -> list[int]:
        """What does not count and may be decoded again."""
        return [
            row
            for row, item in enumerate(results)
            if not item.counts and item.attempts < self.max_attempts
        ]

    def _likeliest(self, latents: Tensor) -> list[Decoded]:
        """Of each latent's beam the likeliest string that counts, or the last string."""
        found = []
        for beam in self.beams(latents, min(BEAM_WIDTH, self.max_attempts - 1)):
            tried = [replace(item, attempts=1 + i) for i, item in enumerate(beam)]
            counting = (item for item in tried if item.counts)
            found.append(next(counting, tried[-1]))
        return found

    def _sample_again(
        self, results: list[Decoded], latents: Tensor, failed: Sequence[int], tried: int
    ) -> None:
        """Decode each of `failed` up to `tried` times more; the first string that counts stands."""
        chances = [
            (row, tried + 1 + i)
            for row in failed
            for i in range(min(tried, self.max_attempts - results[row].attempts))
        ]
        for start in range(0, len(chances), self.batch):
            part = chances[start : start + self.batch]
            rows = [row for row, _ in part]
            for row, item in zip(rows, self._chance(part)._once(latents[rows]), strict=True):
                if not results[row].counts:
                    results[row] = _after(results[row], item)

    def _chance(self, chances: Sequence[tuple[int, int]]) -> "Decoding":
        """How rows are decoded for the second, third, ... time: as before, or where that is greedy
        with numbers that are the same for every row and batch.

        Args:
            chances: A row, and which of its tries this is, for each string.
        """
        if not self.strategy.is_random:
            fixed = [torch.Generator().manual_seed(number) for _, number in chances]
            return replace(self, strategy=Sampling(RETRY_TEMPERATURE), generator=fixed)
        if isinstance(self.generator, Sequence):
            return replace(self, generator=[self.generator[row] for row, _ in chances])
        return self


def _after(before: Decoded, item: Decoded) -> Decoded:
    """What stands after a further attempt: the last string, but no other in place of a molecule."""
    is_worse = item.smiles is None and before.smiles is not None
    return replace(before if is_worse else item, attempts=before.attempts + item.attempts)


def _parts(latents: Tensor, size: int) -> tuple[Tensor, ...]:
    return torch.split(latents, size) if len(latents) else ()
