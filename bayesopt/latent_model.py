"""The seam to the generative model: all that optimisation needs to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from data.errors import Refusal


class Encoding(Protocol):
    """Where the model's posterior puts one molecule."""

    @property
    def mean(self) -> Tensor:
        """`d`, float32, on the CPU."""

    @property
    def log_variance(self) -> Tensor:
        """`d`, float32, on the CPU."""


class Decoded(Protocol):
    """What one latent decodes to."""

    @property
    def smiles(self) -> str | None:
        """Canonical SMILES that parses, or None where the decoded string does not."""

    @property
    def raw(self) -> str:
        """The string as decoded, valid or not."""

    @property
    def log_likelihood(self) -> float:
        """Of the raw string given the latent, in nats."""

    @property
    def attempts(self) -> int:
        """Strings decoded until this one; all but the last were no molecules."""


@runtime_checkable
class LatentModel(Protocol):
    """A model that takes molecules to points of a `d`-dimensional space and back.

    The contract is `tests/contracts/latent_model.py`: greedy decoding is deterministic, and what
    one item becomes depends on that item alone, not on its batch.
    """

    @property
    def latent_dim(self) -> int:
        """`d`."""

    @property
    def fingerprint(self) -> str:
        """Hash of the weights: two models that answer differently have different fingerprints."""

    def encode(self, smiles: Sequence[str]) -> Sequence[Encoding | Refusal]:
        """One answer per molecule, in order; a molecule outside the vocabulary is a `Refusal`."""

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        constrained: bool = True,
    ) -> Sequence[Decoded]:
        """One answer per row of `latents` (`n x d`), in order; temperature 0 is greedy.

        A constrained decode leaves out what cannot become valid, as far as the model knows.
        """

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents from the model's prior."""


@runtime_checkable
class PropertyModel(Protocol):
    """What a `LatentModel` may offer beside: heads that predict properties from a latent."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What the heads predict (`p` names); empty where there are none."""

    def predict(self, latents: Tensor) -> Tensor:
        """`n x d` latents to `n x p` properties in their own units, on the CPU.

        Differentiable with respect to `latents`.
        """


@runtime_checkable
class TunableModel(LatentModel, Protocol):
    """A `LatentModel` that can have a decoder of its own for a campaign."""

    def tuned(self, smiles: Sequence[str], weights: Sequence[float], seed: int) -> LatentModel:
        """A model with a decoder that has learnt `smiles`, the weightier the more; this one stays.

        It encodes as this one, samples the same prior and has another fingerprint. The same for the
        same molecules in another order, for a seed.
        """
