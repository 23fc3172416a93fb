"""Covariance of molecules: near in the latent space, made alike, of like fingerprints.

Sources: Tanimoto similarity as a kernel, Ralaivola et al., Neural Networks 18:1093 (2005), and in
Gaussian processes GAUCHE, Griffiths et al., NeurIPS 2023; dimension-scaled lengthscale priors,
Hvarfner, Hellsten and Nardi, ICML 2024.
"""

from __future__ import annotations

import math

import torch
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.constraints import GreaterThan  # type: ignore[import-untyped]
from gpytorch.kernels import Kernel, MaternKernel  # type: ignore[import-untyped]
from gpytorch.priors import LogNormalPrior  # type: ignore[import-untyped]
from torch import Tensor

from bayesopt.surrogates.molecule_space import MoleculeSpace
from data.descriptors import COMPOSITION

MIN_LENGTHSCALE = 2.5e-2
"""BoTorch's own, of dimension-scaled priors."""


class MoleculeKernel(Kernel):  # type: ignore[misc]
    """`w1 k_latent + w2 k_composition + w3 k_Tanimoto` on rows of a `MoleculeSpace`; variance 1.

    The first two are Matern-5/2: with a lengthscale per dimension of the latent, and with one for
    all of composition, since from few molecules one each is not learnt but overfitted. A molecule
    without a latent is like no other in the first part, and tells of others by the rest; a latent
    that is not decoded has the first part alone. The weights, of sum 1, are learnt too.
    """

    def __init__(self, space: MoleculeSpace, lengthscale_factor: float = 1.0) -> None:
        super().__init__()
        self._space = space
        self.latent = get_covar_module_with_dim_scaled_prior(
            ard_num_dims=space.latent_dim, use_rbf_kernel=False
        )
        prior = LogNormalPrior(math.sqrt(2) + math.log(len(COMPOSITION)) / 2, math.sqrt(3))
        self.composition = MaternKernel(
            nu=2.5,
            lengthscale_prior=prior,
            lengthscale_constraint=GreaterThan(
                MIN_LENGTHSCALE, transform=None, initial_value=prior.mode
            ),
        )
        for kernel in (self.latent, self.composition):
            kernel.lengthscale = kernel.lengthscale * lengthscale_factor
        self.register_parameter("raw_weights", torch.nn.Parameter(torch.zeros(3)))

    @property
    def weights(self) -> Tensor:
        """`3`: the shares of the variance that latents, composition and fingerprints explain."""
        return self.raw_weights.softmax(-1)  # type: ignore[no-any-return]

    @property
    def lengthscales(self) -> Tensor:
        """`d`, in unit coordinates."""
        return self.latent.lengthscale.detach().squeeze(0)  # type: ignore[no-any-return]

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **params: object) -> Tensor:
        """`... x n x m`, or `... x n` with `diag`, for rows `... x n x (d + 2)`."""
        d = self._space.latent_dim
        near = self.latent.forward(x1[..., :d], x2[..., :d], diag=diag, **params)
        has1, has2, i, j = x1[..., d], x2[..., d], x1[..., d + 1].long(), x2[..., d + 1].long()
        if not diag:
            has1, has2, i, j = has1[..., None], has2[..., None, :], i[..., None], j[..., None, :]
        decoded = (i >= 0) & (j >= 0)
        alike = self._space.similarity[i.clamp_min(0), j.clamp_min(0)] * decoded
        itself = (i == j) & (i >= 0) & (has1 + has2 == 0)
        made = self.composition.forward(
            self._space.composition[x1[..., d + 1].long().clamp_min(0)],
            self._space.composition[x2[..., d + 1].long().clamp_min(0)],
            diag=diag,
            **params,
        )
        placed = near * has1 * has2 + itself
        latent, composition, fingerprint = self.weights
        return latent * placed + composition * made * decoded + fingerprint * alike  # type: ignore[no-any-return]
