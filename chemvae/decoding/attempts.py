"""Tokens to molecules: read by RDKit, and decoded again where the mask could not see the fault.

The mask keeps syntax and valences; whether aromatic atoms can be kekulised shows only at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from chemvae.decoding.beam import beam_search
from chemvae.decoding.generate import Randomness, decode
from chemvae.decoding.mask import TokenMask
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Sampling, Strategy
from chemvae.tokens import Vocabulary
from data.errors import MoleculeError
from data.molecules import canonical_smiles

MAX_ATTEMPTS = 16
"""Strings decoded at most for one masked decode."""

BEAM_WIDTH = 4
"""Where a greedy decode is no molecule: the beam in which the likeliest molecule is looked for."""

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
    """Strings decoded until this one; all but the last were no molecules."""


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
        max_attempts: Strings decoded at most where a masked one is no molecule.
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
            [
                self._decoded(raw, value)
                for raw, value in zip(self.vocabulary.decode_rows(rows), values, strict=True)
                if value > float("-inf")
            ]
            for rows, values in zip(found.tokens, found.log_likelihood.tolist(), strict=True)
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
        return [
            self._decoded(raw, value)
            for raw, value in zip(
                self.vocabulary.decode_rows(tokens), log_likelihood.tolist(), strict=True
            )
        ]

    def _decoded(self, raw: str, log_likelihood: float) -> Decoded:
        return Decoded(self.read(raw), raw, log_likelihood)

    def _mend(
        self,
        results: list[Decoded],
        latents: Tensor,
        way: "Decoding",
        again: Callable[["Decoding", Tensor], list[Decoded]],
    ) -> int:
        """Decode again what is no molecule, and count the attempts; how many there were."""
        failed = [
            i
            for i, item in enumerate(results)
            if item.smiles is None and item.attempts < self.max_attempts
        ]
        found = again(way.of(failed), latents[failed]) if failed else []
        for i, item in zip(failed, found, strict=True):
            results[i] = replace(item, attempts=results[i].attempts + item.attempts)
        return len(failed)

    def _likeliest(self, latents: Tensor) -> list[Decoded]:
        """Of each latent's beam the likeliest string that is a molecule, or the last string."""
        found = []
        for beam in self.beams(latents, min(BEAM_WIDTH, self.max_attempts - 1)):
            tried = [replace(item, attempts=1 + i) for i, item in enumerate(beam)]
            valid = (item for item in tried if item.smiles is not None)
            found.append(next(valid, tried[-1]))
        return found

    def _chances(self, attempt: int) -> dict[str, Any]:
        """How a further attempt draws: as this one, or where this one is greedy with numbers that
        are the same for every molecule and batch."""
        if self.strategy.is_random:
            return {}
        fixed = torch.Generator().manual_seed(attempt)
        return {"strategy": Sampling(RETRY_TEMPERATURE), "generator": fixed, "alike": True}
