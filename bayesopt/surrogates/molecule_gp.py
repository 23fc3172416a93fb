"""Gaussian processes on molecules."""

from __future__ import annotations

from functools import partial
from typing import cast

import torch
from botorch.models import SingleTaskGP
from botorch.posteriors.gpytorch import GPyTorchPosterior
from torch import Tensor

from bayesopt.errors import SurrogateError
from bayesopt.surrogates.gp_fit import fit_gp, initial_gp
from bayesopt.surrogates.kernels import MoleculeKernel
from bayesopt.surrogates.molecule_space import MoleculeSpace

MAX_FITTED = 512
"""A step of a fit costs n^3: of more, the nearest to the centre set the hyperparameters."""

MAX_OBSERVATIONS = 2_000
"""The most an exact GP is conditioned on, the nearest to the centre."""

START_FACTORS = (1.0, 0.3, 3.0)
"""Fits are tried from the prior's lengthscale times each of these, until one converges."""

JITTERS = (1e-8, 1e-6, 1e-4)
"""Added to the diagonal of a joint covariance, relative to its mean, until Cholesky succeeds."""


def fit_molecule_gp(
    space: MoleculeSpace, rows: Tensor, values: Tensor, centre: Tensor, noise: Tensor | None = None
) -> SingleTaskGP:
    """Exact GP with a `MoleculeKernel` on standardised values, in evaluation mode.

    Its hyperparameters are fitted to the `MAX_FITTED` molecules nearest to `centre`, and it is
    conditioned on the `MAX_OBSERVATIONS` nearest. If no fit converges it keeps its prior's
    hyperparameters: still a usable surrogate, and the log says so.

    Args:
        space: What the rows are of.
        rows: `n x (d + 2)`, of `space`.
        values: `n`, double.
        centre: `1 x (d + 2)`, where the model must be at its best.
        noise: `n`, the known variance of each value in its unit squared; None infers one for all.

    Raises:
        SurrogateError: no observations, values that are not finite, a negative variance.
    """
    d = space.latent_dim
    order = (rows[:, :d] - centre[:, :d]).norm(dim=-1).argsort(stable=True)
    used, fitted = order[:MAX_OBSERVATIONS].sort().values, order[:MAX_FITTED].sort().values
    kernels = [partial(MoleculeKernel, space, factor) for factor in START_FACTORS]
    hyperparameters = fit_gp(kernels, *_chosen(fitted, rows, values, noise))
    gp = initial_gp(MoleculeKernel(space), *_chosen(used, rows, values, noise))
    for part in ("covar_module", "mean_module", "likelihood"):
        if part != "likelihood" or noise is None:
            getattr(gp, part).load_state_dict(getattr(hyperparameters, part).state_dict())
    gp.eval()
    return gp


def _chosen(
    places: Tensor, rows: Tensor, values: Tensor, noise: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    return rows[places], values[places], None if noise is None else noise[places]


def sample_posterior(
    gp: SingleTaskGP, rows: Tensor, num_samples: int, generator: torch.Generator
) -> Tensor:
    """`num_samples x n` joint draws at `rows` (`n x (d + 2)`), in the unit of the values.

    Raises:
        SurrogateError: the joint covariance is not positive definite with any jitter.
    """
    with torch.no_grad():
        posterior = cast("GPyTorchPosterior", gp.posterior(rows))
        mean: Tensor = posterior.mean.squeeze(-1)
        covariance: Tensor = posterior.distribution.covariance_matrix
    noise = torch.randn(num_samples, len(rows), generator=generator, dtype=mean.dtype)
    scale = covariance.diagonal().mean()
    for jitter in JITTERS:
        jittered = covariance + jitter * scale * torch.eye(len(rows), dtype=mean.dtype)
        root, failed = torch.linalg.cholesky_ex(jittered)
        if not failed:
            samples: Tensor = mean + noise @ root.mT
            return samples
    raise SurrogateError(f"the covariance of {len(rows)} candidates is not positive definite")
