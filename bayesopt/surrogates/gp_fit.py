"""An exact GP of whatever observations: few, equal, without noise, such that no fit converges."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.kernels import Kernel  # type: ignore[import-untyped]
from gpytorch.mlls import ExactMarginalLogLikelihood  # type: ignore[import-untyped]
from torch import Tensor

from bayesopt.errors import SurrogateError

logger = logging.getLogger(__name__)

MAX_ITERATIONS = 75
"""Of L-BFGS in one fit; a fit stopped here is used as it stands."""

MIN_NOISE = 2e-6
"""Least variance of an observation, relative to that of all values: GPyTorch's own, doubled.

Repeats that agree to every digit were rounded, and a GP that believes them to be exact cannot be
computed."""

MIN_SPREAD = 1e-16
"""Variance of all values below which BoTorch takes them to be equal, and only centres them."""


def fit_gp(
    kernels: Sequence[Callable[[], Kernel]], inputs: Tensor, values: Tensor, noise: Tensor | None
) -> SingleTaskGP:
    """The first fit that converges (`initial_gp`), from each of the kernels, in evaluation mode.

    If none converges it is the first kernel as it was made, with its prior's hyperparameters: still
    a usable surrogate, and the log says so.

    Args:
        kernels: Make a new kernel each, with the hyperparameters that a fit starts from.
        inputs: `n x k`, double.
        values: `n`, double.
        noise: `n`, the known variance of each value in its unit squared; None infers one for all.
    """
    for make in kernels:
        gp = initial_gp(make(), inputs, values, noise)
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
    logger.warning("no GP fit converged on %d observations; prior hyperparameters", len(values))
    gp = initial_gp(kernels[0](), inputs, values, noise)
    gp.eval()
    return gp


def initial_gp(
    kernel: Kernel, inputs: Tensor, values: Tensor, noise: Tensor | None
) -> SingleTaskGP:
    """A GP on standardised values, not fitted; arguments as of `fit_gp`.

    No noise is less than `MIN_NOISE` of the variance of the values.

    Raises:
        SurrogateError: no observations, numbers that are not finite, a negative variance.
    """
    if len(values) == 0 or not bool(inputs.isfinite().all() and values.isfinite().all()):
        raise SurrogateError(f"{len(values)} observations, all of which must be finite numbers")
    variances = None
    if noise is not None:
        if not bool((noise.isfinite() & (noise >= 0)).all()):
            raise SurrogateError("the noise is a variance: finite, and not negative")
        spread = float(values.var(correction=min(1, len(values) - 1)))
        floor = MIN_NOISE * (spread if spread > MIN_SPREAD else 1.0)
        variances = noise.clamp_min(floor).unsqueeze(-1)
    return SingleTaskGP(inputs, values.unsqueeze(-1), variances, covar_module=kernel)
