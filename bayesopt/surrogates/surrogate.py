"""What is believed of every molecule's utility: a GP per objective, and the map from both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from botorch.models import SingleTaskGP
from botorch.models.model_list_gp_regression import ModelListGP
from botorch.utils.sampling import draw_sobol_normal_samples
from torch import Tensor

from bayesopt.compounds import Vector
from bayesopt.replicates import pooled_variance
from bayesopt.surrogates.feasibility import decode_feasibility, success_feasibility
from bayesopt.surrogates.molecule_gp import fit_molecule_gp, sample_posterior
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.surrogates.utility import UtilityObjective
from bayesopt.trial import Trial

NUM_QUANTILES = 256
"""Quasi-random normal samples behind the mean and spread of a utility at one molecule."""


@dataclass(frozen=True)
class Surrogate:
    """A fitted GP per objective, on the objective's own values."""

    space: MoleculeSpace
    gps: tuple[SingleTaskGP, ...]
    objective: UtilityObjective
    decodes: SingleTaskGP | None
    """`decode_feasibility`."""
    succeeds: SingleTaskGP | None
    """`success_feasibility`."""

    @property
    def outputs(self) -> tuple[SingleTaskGP, ...]:
        """Of the objectives, then of the chance of success where it is learnt."""
        return self.gps if self.succeeds is None else (*self.gps, self.succeeds)

    @cached_property
    def model(self) -> ModelListGP:
        """`outputs` as BoTorch takes them."""
        return ModelListGP(*self.outputs)

    @property
    def constraints(self) -> list[Callable[[Tensor], Tensor]] | None:
        """Of samples of `outputs`: not above 0 where success is likely."""
        return None if self.succeeds is None else [lambda samples: -samples[..., -1]]

    @property
    def lengthscales(self) -> Tensor:
        """`d`: of the latent kernels, their geometric mean over the objectives."""
        return torch.stack([gp.covar_module.lengthscales.log() for gp in self.gps]).mean(0).exp()

    @torch.no_grad()
    def utility(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (`n` each) of the utility at `rows` (`n x (d + 2)`)."""
        posteriors = [gp.posterior(rows) for gp in self.gps]
        mean = torch.cat([posterior.mean for posterior in posteriors], dim=-1)
        sd = torch.cat([posterior.variance for posterior in posteriors], dim=-1).sqrt()
        noise = draw_sobol_normal_samples(len(self.gps), NUM_QUANTILES, dtype=mean.dtype, seed=0)
        utilities = self.objective(mean + sd * noise.unsqueeze(-2))
        return utilities.mean(0), utilities.std(0)

    def draws(self, rows: Tensor, num: int, generator: torch.Generator) -> Tensor:
        """`num x n` joint draws of the utility at latents' `rows` (`n x (d + 2)`).

        Where a draw of `decodes` says that nothing comes of a latent, its utility is below that of
        all others, the less likely the lower (SCBO, Eriksson and Poloczek, AISTATS 2021).

        Raises:
            SurrogateError: a joint covariance is not positive definite with any jitter.
        """
        values = [sample_posterior(gp, rows, num, generator) for gp in self.gps]
        utilities = self.objective(torch.stack(values, dim=-1))
        if self.decodes is None:
            return utilities
        feasible = sample_posterior(self.decodes, rows, num, generator)
        return torch.where(feasible > 0, utilities, utilities.min() + feasible)


def fit_surrogate(
    space: MoleculeSpace,
    objective: UtilityObjective,
    trials: Sequence[Trial],
    centre: Vector,
) -> Surrogate:
    """A GP for each objective (`fit_objective`) and for what comes to nothing.

    Raises:
        SurrogateError: an objective has no values.
    """
    middle = space.rows([None], [centre])
    gps = [fit_objective(space, trials, name, middle) for name in objective.names]
    decodes = decode_feasibility(space, trials, middle)
    return Surrogate(
        space, tuple(gps), objective, decodes, success_feasibility(space, trials, middle)
    )


def fit_objective(
    space: MoleculeSpace, trials: Sequence[Trial], name: str, centre: Tensor
) -> SingleTaskGP:
    """A GP on every molecule that has a value of objective `name`, whatever else it lacks.

    A molecule that broke a constraint counts: what was measured of it is true all the same. Where
    measurements were repeated their pooled variance is the noise, `n` times less of a mean of `n`;
    else it is inferred.

    Raises:
        SurrogateError: there are no values.
    """
    told = [trial for trial in trials if name in trial.values]
    rows = space.rows([t.smiles for t in told], [t.latent for t in told])
    values = torch.tensor([t.values[name].value for t in told], dtype=torch.double)
    variance, noise = pooled_variance(told, name), None
    if variance is not None:
        repeats = torch.tensor([t.values[name].num_replicates for t in told], dtype=torch.double)
        noise = variance / repeats
    return fit_molecule_gp(space, rows, values, centre, noise)
