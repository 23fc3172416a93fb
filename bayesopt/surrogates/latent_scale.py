"""The coordinates the surrogate and the trust region work in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from bayesopt.latent_model import LatentModel

NUM_SAMPLES = 1024
"""Prior samples that set the scale: the standard error of each mean is 3 % of its sd."""

UNIFORM_SD = 1 / math.sqrt(12)
"""Standard deviation of a uniform variable on [0, 1]."""


@dataclass(frozen=True, slots=True)
class LatentScale:
    """Affine map of latents to *unit coordinates*, `u = 1/2 + (z - mean) / (sd sqrt(12))`.

    In them the model's prior has, in every dimension, the mean and the variance of a uniform
    variable on [0, 1]. Both the lengthscale priors of Hvarfner et al. (2024) and the edge lengths
    of TuRBO are stated for the unit cube, so they hold here as published.
    """

    mean: Tensor
    """`d`."""
    sd: Tensor
    """`d`."""

    @classmethod
    def of(cls, model: LatentModel) -> Self:
        """The scale of the model's prior: the same for every campaign on this model."""
        samples = model.sample_prior(NUM_SAMPLES, torch.Generator().manual_seed(0)).double()
        return cls(samples.mean(0), samples.std(0).clamp_min(1e-6))

    def to_unit(self, latents: Tensor) -> Tensor:
        """`n x d` latents to unit coordinates, double precision."""
        return 0.5 + (latents.double() - self.mean) / self.sd * UNIFORM_SD

    def to_latent(self, points: Tensor) -> Tensor:
        """`n x d` unit coordinates to latents, single precision as models take them."""
        return ((points - 0.5) / UNIFORM_SD * self.sd + self.mean).float()
