"""A Gaussian process over the latent space."""

from __future__ import annotations

import logging
from typing import cast

import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from botorch.posteriors.gpytorch import GPyTorchPosterior
from gpytorch.mlls import ExactMarginalLogLikelihood  # type: ignore[import-untyped]
from torch import Tensor

from bayesopt.errors import SurrogateError

logger = logging.getLogger(__name__)

MAX_OBSERVATIONS = 512
"""An exact GP costs n^3 per step of the fit; past this many, the nearest to the centre are used."""

START_FACTORS = (1.0, 0.3, 3.0)
"""Fits are tried from the prior's lengthscale times each of these, until one converges."""

MAX_ITERATIONS = 75
"""Of L-BFGS in one fit; a fit stopped here is used as it stands."""

JITTERS = (1e-8, 1e-6, 1e-4)
"""Added to the diagonal of a joint covariance, relative to its mean, until Cholesky succeeds."""


def fit_latent_gp(points: Tensor, utilities: Tensor) -> SingleTaskGP:
    """Exact GP, RBF kernel with a lengthscale per dimension, in evaluation mode.

    The lengthscale prior grows with sqrt(d) (Hvarfner, Hellsten & Nardi, ICML 2024), outcomes are
    standardised, the noise is inferred. If no fit converges the GP keeps its prior's
    hyperparameters: still a usable surrogate, and the log says so.

    Args:
        points: `n x d`, unit coordinates, double.
        utilities: `n`, double.

    Raises:
        SurrogateError: no observations, or values that are not finite.
    """
    if len(points) == 0 or not bool(points.isfinite().all() and utilities.isfinite().all()):
        raise SurrogateError(f"{len(points)} observations, all of which must be finite numbers")
    for factor in START_FACTORS:
        gp = _initial_gp(points, utilities, factor)
        try:
            fit_gpytorch_mll(
                ExactMarginalLogLikelihood(gp.likelihood, gp),
                # Its further attempts would draw from torch's global generator.
                max_attempts=1,
                optimizer_kwargs={"options": {"maxiter": MAX_ITERATIONS}},
            )
        except ModelFittingError:
            continue
        return gp
    logger.warning("no GP fit converged on %d observations; prior hyperparameters", len(points))
    gp = _initial_gp(points, utilities, 1.0)
    gp.eval()
    return gp


def _initial_gp(points: Tensor, utilities: Tensor, factor: float) -> SingleTaskGP:
    # The kernel is passed, though it is the default one, because the default's input check wants
    # data inside the unit cube, and latents have tails.
    kernel = get_covar_module_with_dim_scaled_prior(ard_num_dims=points.shape[-1])
    kernel.lengthscale = kernel.lengthscale * factor
    return SingleTaskGP(points, utilities.unsqueeze(-1), covar_module=kernel)


def sample_posterior(
    gp: SingleTaskGP, points: Tensor, num_samples: int, generator: torch.Generator
) -> Tensor:
    """`num_samples x n` joint draws at `points` (`n x d`), in units of the utility.

    Raises:
        SurrogateError: the joint covariance is not positive definite with any jitter.
    """
    with torch.no_grad():
        posterior = cast("GPyTorchPosterior", gp.posterior(points))
        mean: Tensor = posterior.mean.squeeze(-1)
        covariance: Tensor = posterior.distribution.covariance_matrix
    noise = torch.randn(num_samples, len(points), generator=generator, dtype=mean.dtype)
    scale = covariance.diagonal().mean()
    for jitter in JITTERS:
        jittered = covariance + jitter * scale * torch.eye(len(points), dtype=mean.dtype)
        root, failed = torch.linalg.cholesky_ex(jittered)
        if not failed:
            samples: Tensor = mean + noise @ root.mT
            return samples
    raise SurrogateError(f"the covariance of {len(points)} candidates is not positive definite")
