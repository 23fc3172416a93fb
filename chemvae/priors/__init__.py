"""Priors over the latent space: what `sample` draws from.

A trained encoder's posteriors, taken together, do not fill `N(0, I)`: a prior fitted to them puts
its samples where the decoder was trained (Tomczak & Welling 2018; Ghosh et al. 2020).
"""

from collections.abc import Mapping

from torch import Tensor

from chemvae.errors import CheckpointError
from chemvae.priors.diagonal_mixture import DiagonalMixture
from chemvae.priors.exemplars import ExemplarMixture
from chemvae.priors.gaussian_mixture import GaussianMixture
from chemvae.priors.prior import Density, Prior
from chemvae.priors.realnvp import RealNvp
from chemvae.priors.standard_normal import StandardNormal
from chemvae.priors.vicinal import Vicinal

__all__ = [
    "Density",
    "DiagonalMixture",
    "ExemplarMixture",
    "GaussianMixture",
    "Prior",
    "RealNvp",
    "StandardNormal",
    "Vicinal",
    "from_tensors",
]

_KINDS = (StandardNormal, GaussianMixture, DiagonalMixture, RealNvp, Vicinal, ExemplarMixture)
_PRIORS = {kind.name: kind for kind in _KINDS}


def from_tensors(name: str, tensors: Mapping[str, Tensor]) -> Prior:
    """Rebuild the prior that `tensors()` came from.

    Raises:
        CheckpointError: `name` is no prior of this version, or a tensor of it is missing.
    """
    if name not in _PRIORS:
        raise CheckpointError(f"unknown prior {name!r}; this version knows {', '.join(_PRIORS)}")
    try:
        return _PRIORS[name].from_tensors(tensors)
    except KeyError as error:
        raise CheckpointError(f"the {name} prior lacks its tensor {error}") from error
