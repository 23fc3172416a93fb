"""What is served: all that the service needs to know of a generative model."""

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

import torch
from torch import Tensor

from chemvae import several
from chemvae.codec import Decoded
from chemvae.decoding.generate import Randomness


class GenerativeModel(several.Model, Protocol):
    """What is served: a ``LatentModel`` that also searches beams and completes fragments."""

    @property
    def latent_dim(self) -> int:
        """``d``."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of the weights."""
        ...

    @property
    def shared_rows(self) -> int:
        """Rows of several calls that may share a batch: none changes a bit of another; 0: none."""
        ...

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: Randomness | None = None,
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> Sequence[Decoded]:
        """One decode of each of ``n x d`` latents; a generator for all, or one for each."""
        ...

    def complete(
        self,
        fragment: str,
        latents: Tensor,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> Sequence[Decoded]:
        """One molecule for each of ``n x d`` latents that continues ``fragment``."""
        ...

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """``n x d`` latents from the model's prior."""
        ...

    @property
    def properties(self) -> tuple[str, ...]:
        """What its heads predict (``p`` names)."""
        ...

    def predict(self, latents: Tensor) -> Tensor:
        """``n x d`` latents to ``n x p`` properties in their units; differentiable."""
        ...

    @property
    def conditions(self) -> tuple[str, ...]:
        """The labels that its decoder can be told."""
        ...

    def tuned(self, smiles: Sequence[str], weights: Sequence[float], seed: int) -> Self:
        """A copy with a decoder that has learnt ``smiles``; others may use this one meanwhile."""
        ...
