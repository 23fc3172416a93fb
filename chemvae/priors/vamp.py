"""VampPrior: a mixture of the encoder's own answers (Tomczak & Welling 2018, arXiv:1705.07120)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from chemvae.priors.diagonal_mixture import DiagonalMixture

PSEUDO_TOKENS = 16
"""Steps of a pseudo-input: what a mean and a variance need, at a third of a molecule's cost."""


class VampPrior(nn.Module):
    """`p(z) = sum_k w_k q(z | u_k)` (eq. 9), the pseudo-inputs `u_k` learned with the network.

    A SMILES token has no gradient, so a pseudo-input is a sequence of embeddings: the first
    continuous thing the encoder sees. All are of one length, one batch for the GRU.

    Args:
        pseudo_inputs: How many, `k`.
        embedding_dim: Width of a token's embedding.
    """

    def __init__(self, pseudo_inputs: int, embedding_dim: int) -> None:
        super().__init__()
        # Drawn as `nn.Embedding` draws its rows.
        self.pseudo_inputs = nn.Parameter(torch.randn(pseudo_inputs, PSEUDO_TOKENS, embedding_dim))
        self.log_weights = nn.Parameter(torch.zeros(pseudo_inputs))

    def mixture(self, encode: Callable[[Tensor], tuple[Tensor, Tensor]]) -> DiagonalMixture:
        """The prior as it stands, differentiable in the pseudo-inputs and in the encoder.

        Args:
            encode: `k x t x e` embeddings to means and log variances, each `k x d`.
        """
        return DiagonalMixture(self.log_weights, *encode(self.pseudo_inputs))
