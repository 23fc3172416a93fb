"""`N(0, I)`: the prior of the training objective."""

import math
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor


class StandardNormal:
    """`N(0, I)`: the prior of the training objective."""

    name = "standard_normal"

    def __init__(self, latent_dim: int) -> None:
        self.latent_dim = latent_dim

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`."""
        return cls(int(tensors["latent_dim"].item()))

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` independent standard normal latents."""
        return torch.randn(n, self.latent_dim, generator=generator)

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`."""
        return standard_normal_log_prob(latents)

    def tensors(self) -> dict[str, Tensor]:
        """Its dimension, `1`."""
        return {"latent_dim": torch.tensor([self.latent_dim])}


def standard_normal_log_prob(values: Tensor) -> Tensor:
    """Log density of `N(0, I)` over the last dimension of `... x d`, in nats."""
    constant = values.shape[-1] * math.log(2.0 * math.pi)
    return -0.5 * (values.square().sum(dim=-1) + constant)
