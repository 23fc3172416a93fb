"""Priors over the latent space: what `sample` draws from.

A trained encoder's posteriors, taken together, do not fill `N(0, I)`: a prior fitted to them puts
its samples where the decoder was trained (Tomczak & Welling 2018; Ghosh et al. 2020).
"""

import math
from collections.abc import Mapping
from typing import Protocol

import torch
from sklearn.mixture import GaussianMixture as SklearnMixture  # type: ignore[import-untyped]
from torch import Tensor

from chemvae.errors import CheckpointError, ShapeError


class Prior(Protocol):
    """A density over latents that can be sampled and saved as tensors."""

    @property
    def name(self) -> str:
        """What the model card and the checkpoint call it."""

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents."""

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`, of `n x d` latents."""

    def tensors(self) -> dict[str, Tensor]:
        """All it needs to be rebuilt by `from_tensors`."""


class StandardNormal:
    """`N(0, I)`: the prior of the training objective."""

    name = "standard_normal"

    def __init__(self, latent_dim: int) -> None:
        self.latent_dim = latent_dim

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` independent standard normal latents."""
        return torch.randn(n, self.latent_dim, generator=generator)

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`."""
        constant = self.latent_dim * math.log(2.0 * math.pi)
        return -0.5 * (latents.square().sum(dim=-1) + constant)

    def tensors(self) -> dict[str, Tensor]:
        """Its dimension, `1`."""
        return {"latent_dim": torch.tensor([self.latent_dim])}


class GaussianMixture:
    """A mixture of `k` Gaussians with full covariances, fitted to the aggregated posterior.

    Args:
        weights: `k`, summing to 1.
        means: `k x d`.
        scales: `k x d x d`, the Cholesky factors of the covariances.
    """

    name = "gaussian_mixture"

    def __init__(self, weights: Tensor, means: Tensor, scales: Tensor) -> None:
        k, d = means.shape
        if weights.shape != (k,) or scales.shape != (k, d, d):
            raise ShapeError(
                f"mixture of {k} x {d} means with weights {tuple(weights.shape)} and scales "
                f"{tuple(scales.shape)}; expected ({k},) and ({k}, {d}, {d})"
            )
        self.weights, self.means, self.scales = weights, means, scales

    @classmethod
    def fit(cls, latents: Tensor, components: int, seed: int) -> "GaussianMixture":
        """Expectation maximisation on `n x d` posterior samples, by scikit-learn."""
        mixture = SklearnMixture(
            components, reg_covar=1e-4, tol=1e-2, max_iter=300, random_state=seed
        )
        mixture.fit(latents.double().numpy())
        return cls(
            torch.from_numpy(mixture.weights_).float(),
            torch.from_numpy(mixture.means_).float(),
            torch.linalg.cholesky(torch.from_numpy(mixture.covariances_)).float(),
        )

    def tempered(self, temperature: float) -> "GaussianMixture":
        """The same mixture with every standard deviation multiplied by `temperature`."""
        return GaussianMixture(self.weights, self.means, self.scales * temperature)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents: a component each, then a draw from its Gaussian."""
        chosen = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.means.shape[1], generator=generator)
        return self.means[chosen] + torch.einsum("nij,nj->ni", self.scales[chosen], noise)

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`."""
        offsets = (latents.unsqueeze(1) - self.means).unsqueeze(-1)
        whitened = torch.linalg.solve_triangular(self.scales, offsets, upper=False).squeeze(-1)
        log_volume = self.scales.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
        standard = StandardNormal(self.means.shape[1]).log_prob(whitened)
        return torch.logsumexp(self.weights.log() + standard - log_volume, dim=-1)

    def tensors(self) -> dict[str, Tensor]:
        """Weights, means and Cholesky factors."""
        return {"weights": self.weights, "means": self.means, "scales": self.scales}


def from_tensors(name: str, tensors: Mapping[str, Tensor]) -> Prior:
    """Rebuild the prior that `tensors()` came from.

    Raises:
        CheckpointError: `name` is no prior of this version, or a tensor of it is missing.
    """
    try:
        if name == StandardNormal.name:
            return StandardNormal(int(tensors["latent_dim"].item()))
        if name == GaussianMixture.name:
            names = ("weights", "means", "scales")
            return GaussianMixture(*(tensors[part].float() for part in names))
    except KeyError as error:
        raise CheckpointError(f"the {name} prior lacks its tensor {error}") from error
    known = f"{StandardNormal.name}, {GaussianMixture.name}"
    raise CheckpointError(f"unknown prior {name!r}; this version knows {known}")
