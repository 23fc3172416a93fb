"""A Gaussian process over molecules themselves: the Tanimoto kernel on their fingerprints.

It sees what was decoded, not where it was decoded from, so it also knows molecules that the model
cannot encode.
"""

from __future__ import annotations

from typing import Any

import torch
from botorch.models import SingleTaskGP
from gpytorch.kernels import Kernel, ScaleKernel  # type: ignore[import-untyped]
from gpytorch.priors import LogNormalPrior  # type: ignore[import-untyped]
from torch import Tensor

from bayesopt.surrogates.gp_fit import fit_gp


class TanimotoKernel(Kernel):  # type: ignore[misc]
    """`k(x, y) = <x, y> / (|x|^2 + |y|^2 - <x, y>)`; 1 where both are empty.

    Positive definite on bits and on counts; it has no hyperparameter, so a `ScaleKernel` goes
    around it.

    Source: Ralaivola, Swamidass, Saigo and Baldi, Neural Networks 18:1093 (2005),
    doi:10.1016/j.neunet.2005.07.009; for GPs Griffiths et al., GAUCHE, NeurIPS (2023),
    arXiv:2212.04450.
    """

    def __init__(self) -> None:
        super().__init__()
        self._remembered: tuple[Tensor, Tensor] | None = None

    def forward(
        self,
        x1: Tensor,
        x2: Tensor,
        diag: bool = False,
        **_: Any,  # noqa: ANN401  (GPyTorch's own)
    ) -> Tensor:
        """`... x n1 x n2` similarities of `... x n1 x bits` and `... x n2 x bits`.

        With `diag`, `... x n` similarities of the pairs.
        """
        if x1 is not x2 or diag or x1.requires_grad:
            return _similarities(x1, x2, diag)
        # A fit asks for the same training set at every step, and nothing here is fitted.
        if self._remembered is None or self._remembered[0] is not x1:
            self._remembered = x1, _similarities(x1, x1, diag=False)
        return self._remembered[1]


def _similarities(x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
    squares1, squares2 = x1.square().sum(-1), x2.square().sum(-1)
    if diag:
        shared, total = (x1 * x2).sum(-1), squares1 + squares2
    else:
        shared, total = x1 @ x2.mT, squares1.unsqueeze(-1) + squares2.unsqueeze(-2)
    union = total - shared
    return torch.where(union > 0, shared / union.clamp_min(1e-12), torch.ones_like(union))


def fit_tanimoto_gp(
    fingerprints: Tensor, utilities: Tensor, noise: Tensor | None = None
) -> SingleTaskGP:
    """Exact GP, scaled Tanimoto kernel, constant mean, in evaluation mode.

    Outcomes are standardised. Where the fit does not converge the GP keeps its prior's
    hyperparameters: still a usable surrogate, and the log says so.

    Args:
        fingerprints: `n x bits`, bits or counts, double.
        utilities: `n`, double.
        noise: `n`, the variance of each utility as an estimate of the true one, in squared units
            of it; None: one variance for all is inferred.

    Raises:
        SurrogateError: no observations, values that are not finite, a negative variance.
    """
    return fit_gp([_kernel], fingerprints, utilities, noise)


def _kernel() -> Kernel:
    # Outcomes have unit variance, of which the kernel should explain about all, within a factor
    # of e either way.
    kernel = ScaleKernel(TanimotoKernel(), outputscale_prior=LogNormalPrior(0.0, 1.0))
    kernel.outputscale = 1.0
    return kernel
