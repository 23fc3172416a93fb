"""`fit_prior`: from the posteriors of the training molecules to the prior to serve."""

import torch
from torch import Tensor

from chemvae.errors import ConfigError
from chemvae.priors.gaussian_mixture import GaussianMixture
from chemvae.priors.prior import Prior
from chemvae.priors.realnvp import RealNvp
from chemvae.priors.realnvp_fit import fit_realnvp
from chemvae.priors.standard_normal import StandardNormal
from chemvae.priors.vicinal import Vicinal
from chemvae.vae import reparameterize

FITTED = (StandardNormal.name, GaussianMixture.name, RealNvp.name, Vicinal.name)
"""The kinds of prior `fit_prior` knows."""

MIXTURE_MOLECULES = 60_000
"""Molecules whose posterior samples a mixture is fitted to: expectation maximisation sees all of
them in every iteration, and more change its fit little."""


def fit_prior(
    kind: str,
    means: Tensor,
    log_variances: Tensor,
    seed: int,
    *,
    components: int = 10,
    exemplars: int = 50_000,
    neighbours: int = 12,
    mixed: int = 2,
    temperature: float = 1.0,
) -> Prior:
    """Fit a prior to the aggregated posterior.

    Args:
        kind: One of `FITTED`.
        means: `n x d` posterior means of the training molecules.
        log_variances: `n x d`.
        seed: Decides the fit; the global generator is left alone.
        components: Gaussians of a mixture.
        exemplars: Posterior means that a vicinal prior keeps at most.
        neighbours: Of each of them, at most, from which those that are mixed are drawn.
        mixed: Neighbours mixed with one of them.
        temperature: Factor on the standard deviations of a fitted prior. Below 1, samples come
            from where the latents are dense: more of them are valid and they differ less. `N(0, I)`
            stays what it is.

    Raises:
        ConfigError: No such kind, a temperature that is not positive, or too few molecules.
    """
    if not temperature > 0:
        raise ConfigError(f"prior temperature is {temperature}; it must be positive")
    if kind == StandardNormal.name:
        return StandardNormal(means.shape[1])
    if kind == GaussianMixture.name:
        generator = torch.Generator(means.device).manual_seed(seed)
        chosen = torch.randperm(len(means), generator=generator, device=means.device)
        chosen = chosen[:MIXTURE_MOLECULES]
        latents = reparameterize(means[chosen], log_variances[chosen], generator)
        return GaussianMixture.fit(latents.cpu(), components, seed).tempered(temperature)
    if kind == RealNvp.name:
        return fit_realnvp(means, log_variances, seed).tempered(temperature)
    if kind == Vicinal.name:
        vicinal = Vicinal.fit(
            means, log_variances, seed, exemplars=exemplars, neighbours=neighbours, mixed=mixed
        )
        return vicinal.tempered(temperature)
    raise ConfigError(f"no prior {kind!r} to fit; use {', '.join(FITTED)}")
