"""A mixture of full Gaussians, fitted to the aggregated posterior."""

from collections.abc import Mapping
from typing import Self

import torch
from sklearn.mixture import GaussianMixture as SklearnMixture  # type: ignore[import-untyped]
from torch import Tensor

from chemvae.errors import ConfigError, ShapeError
from chemvae.priors.standard_normal import standard_normal_log_prob
from chemvae.seeds import low_bits


class GaussianMixture:
    """A mixture of `k` Gaussians with full covariances.

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
        """Expectation maximisation on `n x d` posterior samples, by scikit-learn.

        Raises:
            ConfigError: Fewer samples than components.
        """
        if len(latents) < components:
            raise ConfigError(
                f"{len(latents)} latents cannot fit {components} prior components; take fewer"
            )
        mixture = SklearnMixture(
            components, reg_covar=1e-4, tol=1e-2, max_iter=300, random_state=low_bits(seed)
        )
        mixture.fit(latents.double().numpy())
        return cls(
            torch.from_numpy(mixture.weights_).float(),
            torch.from_numpy(mixture.means_).float(),
            torch.linalg.cholesky(torch.from_numpy(mixture.covariances_)).float(),
        )

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`."""
        return cls(*(tensors[part].float() for part in ("weights", "means", "scales")))

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
        offsets = latents.T - self.means.unsqueeze(-1)  # k x d x n: the factors are not repeated
        whitened = torch.linalg.solve_triangular(self.scales, offsets, upper=False)
        log_volume = self.scales.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
        standard = standard_normal_log_prob(whitened.transpose(1, 2)).T
        return torch.logsumexp(self.weights.log() + standard - log_volume, dim=-1)

    def tensors(self) -> dict[str, Tensor]:
        """Weights, means and Cholesky factors."""
        return {"weights": self.weights, "means": self.means, "scales": self.scales}
