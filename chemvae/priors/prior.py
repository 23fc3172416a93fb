"""What every prior is to the rest of the code."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


class Prior(Protocol):
    """A distribution over latents that can be sampled and saved as tensors."""

    @property
    def name(self) -> str:
        """What the model card and the checkpoint call it."""

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents."""

    def tensors(self) -> dict[str, Tensor]:
        """All it needs to be rebuilt by `from_tensors`."""


@runtime_checkable
class Density(Prior, Protocol):
    """A prior that says how likely a latent is."""

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`, of `n x d` latents."""
