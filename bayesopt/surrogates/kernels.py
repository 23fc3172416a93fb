"""Covariance of molecules: nearness in the latent space and likeness of fingerprints, added.

Sources: Tanimoto similarity as a kernel, Ralaivola et al., Neural Networks 18:1093 (2005), and in
Gaussian processes GAUCHE, Griffiths et al., NeurIPS 2023; dimension-scaled lengthscale priors,
Hvarfner, Hellsten and Nardi, ICML 2024.
"""

from __future__ import annotations

import torch
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.kernels import Kernel  # type: ignore[import-untyped]
from torch import Tensor

from bayesopt.surrogates.molecule_space import MoleculeSpace


class MoleculeKernel(Kernel):  # type: ignore[misc]
    """`(1 - w) k_latent + w k_Tanimoto` on the rows of a `MoleculeSpace`; variance 1.

    `k_latent` is Matern-5/2 with a lengthscale per latent dimension. A molecule without a latent
    is like no other in the first part and tells of others by its fingerprint alone; a latent that
    is not decoded has no second part. `w` is learnt with the rest.
    """

    def __init__(self, space: MoleculeSpace, lengthscale_factor: float = 1.0) -> None:
        super().__init__()
        self._space = space
        self.latent = get_covar_module_with_dim_scaled_prior(
            ard_num_dims=space.latent_dim, use_rbf_kernel=False
        )
        self.latent.lengthscale = self.latent.lengthscale * lengthscale_factor
        self.register_parameter("raw_weight", torch.nn.Parameter(torch.zeros(())))

    @property
    def weight(self) -> Tensor:
        """`w`, the share of the variance that fingerprints explain."""
        return self.raw_weight.sigmoid()  # type: ignore[no-any-return]

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
        alike = self._space.similarity[i.clamp_min(0), j.clamp_min(0)] * ((i >= 0) & (j >= 0))
        itself = (i == j) & (i >= 0) & (has1 + has2 == 0)
        placed = near * has1 * has2 + itself
        return (1 - self.weight) * placed + self.weight * alike  # type: ignore[no-any-return]
