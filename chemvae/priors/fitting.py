"""`fit_prior`: from the posteriors of the training molecules to the prior to serve."""

from collections.abc import Callable

import torch
from torch import Tensor

from chemvae.config import TrainConfig
from chemvae.priors.exemplars import ExemplarMixture
from chemvae.priors.gaussian_mixture import GaussianMixture
from chemvae.priors.prior import Prior
from chemvae.priors.realnvp import RealNvp
from chemvae.priors.realnvp_fit import fit_realnvp
from chemvae.priors.standard_normal import StandardNormal
from chemvae.priors.vicinal import Vicinal
from chemvae.vae import reparameterize

MIXTURE_MOLECULES = 60_000
"""Molecules whose posterior samples a mixture is fitted to: expectation maximisation sees all of
them in every iteration, and more change its fit little."""


def fit_prior(config: TrainConfig, means: Tensor, log_variances: Tensor) -> Prior:
    """Fit the run's `fitted_prior` to the aggregated posterior, as its `PRIOR_SETTINGS` say.

    Args:
        config: The run; its seed decides the fit, and the global generator is left alone.
        means: `n x d` posterior means of the training molecules, or of exemplars.
        log_variances: `n x d`.

    Raises:
        ConfigError: Too few molecules.
    """
    if config.fitted_prior == StandardNormal.name:
        return StandardNormal(means.shape[1])
    fit = _FITS[config.fitted_prior]
    return fit(config, means, log_variances).tempered(config.prior_temperature)


def _fit_mixture(config: TrainConfig, means: Tensor, log_variances: Tensor) -> GaussianMixture:
    generator = torch.Generator(means.device).manual_seed(config.seed)
    chosen = torch.randperm(len(means), generator=generator, device=means.device)
    chosen = chosen[:MIXTURE_MOLECULES]
    latents = reparameterize(means[chosen], log_variances[chosen], generator)
    return GaussianMixture.fit(latents.cpu(), config.prior_components, config.seed)


def _fit_realnvp(config: TrainConfig, means: Tensor, log_variances: Tensor) -> RealNvp:
    return fit_realnvp(means, log_variances, config.seed)


def _fit_vicinal(config: TrainConfig, means: Tensor, log_variances: Tensor) -> Vicinal:
    return Vicinal.fit(
        means,
        log_variances,
        config.seed,
        exemplars=config.prior_exemplars,
        neighbours=config.prior_neighbours,
        mixed=config.prior_mixed,
    )


def _fit_exemplars(config: TrainConfig, means: Tensor, log_variances: Tensor) -> ExemplarMixture:
    return ExemplarMixture.fit(means, log_variances, config.seed, config.prior_exemplars)


_Fitted = GaussianMixture | RealNvp | Vicinal | ExemplarMixture

_FITS: dict[str, Callable[[TrainConfig, Tensor, Tensor], _Fitted]] = {
    GaussianMixture.name: _fit_mixture,
    RealNvp.name: _fit_realnvp,
    Vicinal.name: _fit_vicinal,
    ExemplarMixture.name: _fit_exemplars,
}
