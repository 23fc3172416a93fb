"""What the network does with labels: heads that predict them, and conditions it is told.

A label is a number a molecule may have: a computed property or a column of a user's file. NaN
stands for a missing one, which neither teaches a head nor is told to the decoder (semi-supervised:
Kingma et al. 2014, arXiv:1406.5298).
"""

from collections.abc import Mapping, Sequence
from math import isfinite

import torch
from torch import Tensor, nn

from chemvae.errors import ConfigError

FARTHEST_TOLD = 1e6
"""Standard deviations: a decoder saturates long before, and sums inside its GRU stay finite."""


class LabelScale(nn.Module):
    """Names, means and standard deviations of `m` labels; all arithmetic is on standardised ones.

    The moments are buffers, so they travel with the weights.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.register_buffer("mean", torch.zeros(len(self.names)))
        self.register_buffer("sd", torch.ones(len(self.names)))

    def fit(self, labels: Tensor) -> None:
        """Take the moments of `n x m` labels, skipping NaN.

        Raises:
            ConfigError: A label that fewer than two molecules have, or that never varies.
        """
        for column, name in enumerate(self.names):
            known = labels[~labels[:, column].isnan(), column]
            if len(known) < 2 or known.min() == known.max():
                raise ConfigError(
                    f"label {name!r} has {len(known)} values and they do not vary; a head or a "
                    "condition needs at least two different ones"
                )
            self.mean[column], self.sd[column] = known.mean(), known.std()

    def standardize(self, labels: Tensor) -> Tensor:
        """`b x m` in their units to zero mean and unit variance."""
        return (labels - self.mean) / self.sd

    def restore(self, standardized: Tensor) -> Tensor:
        """`b x m` back in their units."""
        return standardized * self.sd + self.mean


class PropertyHeads(nn.Module):
    """A perceptron from the latent to `m` standardised labels."""

    def __init__(self, latent_dim: int, names: Sequence[str], hidden: int) -> None:
        super().__init__()
        self.scale = LabelScale(names)
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, len(self.scale.names)),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What each output predicts."""
        return self.scale.names

    def forward(self, latents: Tensor) -> Tensor:
        """`b x d` latents to `b x m` standardised labels."""
        predicted: Tensor = self.layers(latents)
        return predicted

    def predict(self, latents: Tensor) -> Tensor:
        """`b x d` latents to `b x m` labels in their units."""
        return self.scale.restore(self(latents).float())


class Conditions(nn.Module):
    """Labels as the decoder is told them: `m` standardised values and `m` marks of presence."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.scale = LabelScale(names)

    @property
    def width(self) -> int:
        """Numbers they add to the latent."""
        return 2 * len(self.scale.names)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """`b x d` latents and `b x m` labels (none: all missing) to `b x (d + 2m)`."""
        count = len(self.scale.names)
        if labels is None:
            labels = latents.new_full((len(latents), count), torch.nan)
        known = ~labels.isnan()
        told = self.scale.standardize(labels).nan_to_num().clamp(-FARTHEST_TOLD, FARTHEST_TOLD)
        return torch.cat([latents, told.to(latents.dtype), known.to(latents.dtype)], dim=-1)

    def row(self, wanted: Mapping[str, float]) -> Tensor:
        """The labels of a wish such as `{"logp": 2.5}`, `m`; what it leaves open is NaN.

        Raises:
            ConfigError: As `require_told`.
        """
        names = self.scale.names
        require_told(wanted, names)
        return torch.tensor([wanted.get(name, torch.nan) for name in names])


def require_told(wanted: Mapping[str, float], known: Sequence[str]) -> None:
    """Check a wish such as `{"logp": 2.5}` to a decoder that is told the labels `known`.

    Raises:
        ConfigError: A label the decoder was not trained with, or a value that is not finite.
    """
    if wanted and not known:
        raise ConfigError(
            f"this model's decoder is told no labels, so not {', '.join(wanted)} either"
        )
    for name, value in wanted.items():
        if name not in known:
            raise ConfigError(
                f"this model's decoder is not told {name!r}; it knows: {', '.join(known)}"
            )
        if not isfinite(value):
            raise ConfigError(f"label {name!r} is {value}; give a finite number")
