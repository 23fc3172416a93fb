"""A mixture of diagonal Gaussians: what a prior learned with the network is served as."""

import math
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from chemvae.errors import ShapeError
from chemvae.priors.standard_normal import standard_normal_log_prob


class DiagonalMixture:
    """A mixture of `k` Gaussians with diagonal covariances; differentiable in all of them.

    Args:
        log_weights: `k`, up to a common constant.
        means: `k x d`.
        log_variances: `k x d`.
    """

    name = "diagonal_mixture"

    def __init__(self, log_weights: Tensor, means: Tensor, log_variances: Tensor) -> None:
        k, d = means.shape
        if log_weights.shape != (k,) or log_variances.shape != (k, d):
            raise ShapeError(
                f"mixture of {k} x {d} means with log weights {tuple(log_weights.shape)} and log "
                f"variances {tuple(log_variances.shape)}; expected ({k},) and ({k}, {d})"
            )
        self.log_weights = torch.log_softmax(log_weights, dim=0)
        self.means, self.log_variances = means, log_variances

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`."""
        names = ("log_weights", "means", "log_variances")
        return cls(*(tensors[part].float() for part in names))

    def tempered(self, temperature: float) -> "DiagonalMixture":
        """The same mixture with every standard deviation multiplied by `temperature`."""
        widened = self.log_variances + 2.0 * math.log(temperature)
        return DiagonalMixture(self.log_weights, self.means, widened)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents: a component each, then a draw from its Gaussian."""
        weights = self.log_weights.exp()
        chosen = torch.multinomial(weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.means.shape[1], generator=generator)
        return self.means[chosen] + noise * torch.exp(0.5 * self.log_variances[chosen])

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`, of `n x d` latents."""
        whitened = (latents.unsqueeze(1) - self.means) * torch.exp(-0.5 * self.log_variances)
        log_volume = 0.5 * self.log_variances.sum(dim=-1)
        components = standard_normal_log_prob(whitened) - log_volume
        return torch.logsumexp(self.log_weights + components, dim=-1)

    def tensors(self) -> dict[str, Tensor]:
        """Log weights, means and log variances, cut from whatever they are learned with."""
        return {
            "log_weights": self.log_weights.detach().cpu(),
            "means": self.means.detach().cpu(),
            "log_variances": self.log_variances.detach().cpu(),
        }
