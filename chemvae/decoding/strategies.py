"""How the next token is chosen: the likeliest, or a sample of some of them.

A strategy sees log probabilities of which the mask has already set the impossible to minus
infinity; it never chooses those.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from chemvae.errors import ConfigError

COLDEST = 1e-6
"""Temperature below which sampling is greedy: dividing by less would overflow float32."""


class Strategy(Protocol):
    """Chooses a token a row."""

    @property
    def is_random(self) -> bool:
        """Whether `choose` looks at its uniforms."""

    def choose(self, log_probs: Tensor, uniforms: Tensor) -> Tensor:
        """`b` tokens from `b x v` log probabilities and a uniform number in [0, 1) a row, `b`.

        A row's token depends on that row alone.
        """


@dataclass(frozen=True, slots=True)
class Greedy:
    """The likeliest token."""

    is_random = False

    def choose(self, log_probs: Tensor, uniforms: Tensor) -> Tensor:  # noqa: ARG002
        """`b` tokens from `b x v` log probabilities."""
        return log_probs.argmax(dim=-1)


@dataclass(frozen=True, slots=True)
class Sampling:
    """A token drawn after temperature, then top-k, then top-p have changed its probabilities."""

    temperature: float = 1.0
    """Log probabilities are divided by it."""
    top_k: int | None = None
    """Only the `k` likeliest tokens (Fan et al. 2018, arXiv:1805.04833); none: all."""
    top_p: float | None = None
    """Only the fewest tokens whose probabilities add up to `p`: the nucleus (Holtzman et al. 2020,
    arXiv:1904.09751); none: all."""

    is_random = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature >= COLDEST):
            raise ConfigError(
                f"temperature is {self.temperature}; use 0 (greedy) or a positive number"
            )
        if self.top_k is not None and self.top_k < 1:
            raise ConfigError(f"top_k is {self.top_k}; use at least 1 token")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ConfigError(f"top_p is {self.top_p}; use a probability above 0, at most 1")

    def choose(self, log_probs: Tensor, uniforms: Tensor) -> Tensor:
        """`b` tokens from `b x v` log probabilities: the inverse of their distribution function."""
        scaled = log_probs / self.temperature
        if self.top_k is not None and self.top_k < scaled.shape[-1]:
            least = scaled.topk(self.top_k, dim=-1).values[:, -1:]
            scaled = scaled.masked_fill(scaled < least, -math.inf)
        probabilities = torch.softmax(scaled, dim=-1)
        if self.top_p is not None:
            probabilities = _nucleus(probabilities, self.top_p)
        heights = probabilities.cumsum(dim=-1)
        # Below the last height even after rounding, so that a token of probability 0 is never hit.
        drawn = uniforms.unsqueeze(1) * heights[:, -1:]
        return torch.searchsorted(heights, drawn, right=True).squeeze(1)


def choose_strategy(
    temperature: float, top_k: int | None = None, top_p: float | None = None
) -> Strategy:
    """Greedy at temperature 0 (then top-k and top-p change nothing), sampling above.

    Raises:
        ConfigError: A setting outside its range.
    """
    if 0 <= temperature < COLDEST:
        Sampling(1.0, top_k, top_p)
        return Greedy()
    return Sampling(temperature, top_k, top_p)


def _nucleus(probabilities: Tensor, share: float) -> Tensor:
    """`b x v` with zeros outside the nucleus; the likeliest token is always inside."""
    descending, order = probabilities.sort(dim=-1, descending=True)
    before = descending.cumsum(dim=-1) - descending
    kept = descending.masked_fill(before >= share, 0.0)
    return torch.zeros_like(probabilities).scatter(-1, order, kept)
