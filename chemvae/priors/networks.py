"""The priors that are networks: their sizes, and their fits."""

from dataclasses import dataclass

from torch import Tensor

from chemvae.priors.autoregressive import Autoregressive
from chemvae.priors.maximum_likelihood import Fit, fit_density
from chemvae.priors.realnvp import RealNvp


@dataclass(frozen=True)
class RealNvpFit(Fit):
    """The size of the flow and of its fit; the defaults were chosen in decision 0007."""

    learning_rate: float = 5e-3
    layers: int = 10
    """Coupling layers."""
    hidden: int = 128
    """Units of each of their two hidden layers."""


@dataclass(frozen=True)
class AutoregressiveFit(Fit):
    """The size of the masked network and of its fit; the defaults were chosen in decision 0022."""

    bfloat16: bool = True
    units: int = 16
    """Hidden units of each degree: `d` times as many in a layer."""
    blocks: int = 2
    """Residual blocks."""
    components: int = 6
    """Gaussians of each conditional."""


def fit_realnvp(
    means: Tensor, log_variances: Tensor, seed: int, settings: RealNvpFit | None = None
) -> RealNvp:
    """A flow, fitted by `fit_density`; it begins as the full Gaussian.

    Raises:
        ConfigError: Fewer than two molecules, or a single latent dimension.
    """
    size = settings or RealNvpFit()
    return fit_density(
        lambda location, scale: RealNvp(location, scale, size.layers, size.hidden),
        means,
        log_variances,
        seed,
        size,
    )


def fit_autoregressive(
    means: Tensor, log_variances: Tensor, seed: int, settings: AutoregressiveFit | None = None
) -> Autoregressive:
    """A masked autoencoder, fitted by `fit_density`; it begins near the full Gaussian.

    Raises:
        ConfigError: Fewer than two molecules.
    """
    size = settings or AutoregressiveFit()
    return fit_density(
        lambda location, scale: Autoregressive(
            location, scale, size.units, size.blocks, size.components
        ),
        means,
        log_variances,
        seed,
        size,
    )
