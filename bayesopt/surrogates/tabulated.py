"""A posterior computed once for a finite choice, and looked up from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from botorch.models import SingleTaskGP
from botorch.models.model import Model
from botorch.posteriors.gpytorch import GPyTorchPosterior
from gpytorch.distributions import (  # type: ignore[import-untyped]
    MultitaskMultivariateNormal,
    MultivariateNormal,
)
from torch import Tensor


class TabulatedModel(Model):
    """Independent GPs at `n` points that are asked for by their places.

    A batch picked greedily asks again for every candidate beside every pick so far, and each time
    an exact GP would compare all of them with everything it was told.
    """

    def __init__(self, gps: Sequence[SingleTaskGP], points: Tensor) -> None:
        """The joint posteriors at `points` (`n x k`), one for each of `gps`."""
        super().__init__()
        with torch.no_grad():
            posteriors = [cast("GPyTorchPosterior", gp.posterior(points)) for gp in gps]
            self._means = [posterior.mean.squeeze(-1) for posterior in posteriors]
            self._covariances = [p.distribution.covariance_matrix for p in posteriors]

    @property
    def num_outputs(self) -> int:
        """One for each GP."""
        return len(self._means)

    @property
    def batch_shape(self) -> torch.Size:
        """None of its own."""
        return torch.Size()

    def posterior(
        self,
        X: Tensor,  # noqa: N803  (BoTorch's)
        *_: Any,  # noqa: ANN401
        **__: Any,  # noqa: ANN401
    ) -> GPyTorchPosterior:
        """Joint at `... x q x 1` places, of all outputs."""
        places = X.squeeze(-1).long()
        pairs = places.unsqueeze(-1), places.unsqueeze(-2)
        normals = [
            MultivariateNormal(mean[places], covariance[pairs])
            for mean, covariance in zip(self._means, self._covariances, strict=True)
        ]
        if len(normals) == 1:
            return GPyTorchPosterior(normals[0])
        return GPyTorchPosterior(MultitaskMultivariateNormal.from_independent_mvns(normals))
