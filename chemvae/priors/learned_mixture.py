"""A mixture of Gaussians whose parameters are learned with the network."""

import torch
from torch import nn

from chemvae.priors.diagonal_mixture import DiagonalMixture

INITIAL_SPREAD = 0.5
"""Standard deviation of the means at first: the components overlap, together about `N(0, I)`, and
differ enough for each to learn its own."""


class LearnedMixture(nn.Module):
    """The mixture prior that Tomczak & Welling 2018 (arXiv:1705.07120, eq. 14) call MoG.

    Args:
        components: How many Gaussians, `k`.
        latent_dim: `d`.
    """

    def __init__(self, components: int, latent_dim: int) -> None:
        super().__init__()
        self.log_weights = nn.Parameter(torch.zeros(components))
        self.means = nn.Parameter(INITIAL_SPREAD * torch.randn(components, latent_dim))
        self.log_variances = nn.Parameter(torch.zeros(components, latent_dim))

    def mixture(self) -> DiagonalMixture:
        """The prior as it stands, differentiable in its parameters."""
        return DiagonalMixture(self.log_weights, self.means, self.log_variances)
