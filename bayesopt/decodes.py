"""A count that is stored with an iteration; who reads it needs no tensors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decodes:
    """What became of the latents that were decoded for an ask."""

    num: int = 0
    num_invalid: int = 0
    num_repeats: int = 0
    """Molecules already known, or already met for the same ask."""

    def __add__(self, other: Decodes) -> Decodes:
        return Decodes(
            self.num + other.num,
            self.num_invalid + other.num_invalid,
            self.num_repeats + other.num_repeats,
        )
