"""The seam between a decoder and what it may not say: which tokens may come next, row by row."""

from typing import Protocol

import torch
from torch import Tensor


class MaskState(Protocol):
    """Where every row of a batch stands; one object per decode, changed in place."""

    def allowed(self) -> Tensor:
        """`b x v` bool: the tokens (EOS among them) that may come next; at least one per row,
        always."""

    def advance(self, tokens: Tensor) -> None:
        """`b`: the token each row takes; after EOS a row stays finished (only EOS allowed)."""

    def select(self, rows: Tensor) -> None:
        """Keep these rows, in this order; an index may repeat (beam search), rows not named are
        dropped."""


class TokenMask(Protocol):
    """What makes the state of a decode: a grammar, a vocabulary's automaton."""

    def start(self, rows: int, device: torch.device) -> MaskState:
        """All rows before the first token."""
