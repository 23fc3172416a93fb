"""Whether the optimiser's picture of the molecules can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self, cast

import numpy as np
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms.outcome import Standardize
from scipy.stats import rankdata  # type: ignore[import-untyped]
from torch import Tensor

from bayesopt.latent_model import LatentModel
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_gp import MAX_FITTED
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.surrogates.surrogate import fit_objective
from bayesopt.trial import Trial

LEVELS = (0.5, 0.8, 0.95)
"""Of the central intervals whose coverage is counted."""

MIN_OBSERVATIONS = 3
"""Fewer say nothing about a model."""


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The values of an objective, and what a GP that had not seen each says of it; same unit."""

    objective: str
    trials: tuple[int, ...]
    observed: tuple[float, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    """Of an observation, its noise included."""

    @classmethod
    def of(cls, trials: Sequence[Trial], objective: str, model: LatentModel) -> Self | None:
        """Of the GP that `auto` fits to the molecules with a value, the latest if too many.

        None where there are fewer than `MIN_OBSERVATIONS`.
        """
        told = [trial for trial in trials if objective in trial.values][-MAX_FITTED:]
        if len(told) < MIN_OBSERVATIONS:
            return None
        space = MoleculeSpace(LatentScale.of(model))
        middle = space.rows([None], [None])
        mean, sd = left_out(fit_objective(space, told, objective, middle))
        return cls(
            objective,
            tuple(trial.number for trial in told),
            tuple(trial.values[objective].value for trial in told),
            tuple(mean.tolist()),
            tuple(sd.tolist()),
        )

    @property
    def rmse(self) -> float:
        """Root mean square of predicted minus observed."""
        squares = [(m - y) ** 2 for m, y in zip(self.mean, self.observed, strict=True)]
        return math.sqrt(math.fsum(squares) / len(squares))

    @property
    def spearman(self) -> float | None:
        """Rank correlation of predicted and observed; None where either is constant."""
        ranks = np.stack([rankdata(self.mean), rankdata(self.observed)])
        return None if (np.ptp(ranks, axis=1) == 0).any() else float(np.corrcoef(ranks)[0, 1])

    def coverage(self, level: float) -> float:
        """Share of the observed inside the central interval that should hold `level` of them."""
        width = NormalDist().inv_cdf((1 + level) / 2)
        inside = [
            abs(m - y) <= width * sd
            for m, y, sd in zip(self.mean, self.observed, self.sd, strict=True)
        ]
        return sum(inside) / len(inside)


def left_out(gp: SingleTaskGP) -> tuple[Tensor, Tensor]:
    """Mean and sd (`n`) of each training observation given all the others.

    With `K` the covariance of the observations, noise included, and `y` their deviation from the
    prior mean: `y_i - [K^-1 y]_i / [K^-1]_ii` and `1 / [K^-1]_ii` (Rasmussen and Williams, Gaussian
    Processes for Machine Learning, 2006, equations 5.10 to 5.12). Hyperparameters and the
    standardisation of the outcome are those of all the data.
    """
    gp.train()
    with torch.no_grad():
        prior = gp.likelihood(gp(*gp.train_inputs), *gp.train_inputs)
        targets = gp.train_targets
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(prior.covariance_matrix))
        precision = inverse.diagonal()
        mean = targets - inverse @ (targets - prior.mean) / precision
        outcome = cast("Standardize", gp.outcome_transform)
        shift, scale = outcome.means.squeeze(), outcome.stdvs.squeeze()
    gp.eval()
    return shift + scale * mean, scale * precision.rsqrt()
