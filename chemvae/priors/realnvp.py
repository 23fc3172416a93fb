"""RealNVP: a normalising flow over the latents (Dinh et al. 2017, arXiv:1605.08803)."""

from collections.abc import Mapping
from typing import Self, cast

import torch
from torch import Tensor, nn

from chemvae.errors import ConfigError, ShapeError
from chemvae.priors.standard_normal import standard_normal_log_prob

LARGEST_LOG_SCALE = 1.0
"""Bound of a coupling layer's log scale: a layer stretches by at most e, so that weights rounded to
half precision, and latents far from the data, still map to finite values."""


class AffineCoupling(nn.Module):
    """One half of the dimensions sets the scale and shift of the other (eq. 7 and 8).

    Args:
        order: `d`, a permutation of the dimensions; the first half of it stays as it is.
        hidden: Units of each of the network's two hidden layers.
    """

    order: Tensor

    def __init__(self, order: Tensor, hidden: int) -> None:
        super().__init__()
        self.register_buffer("order", order)
        self.kept = len(order) // 2
        last = nn.Linear(hidden, 2 * (len(order) - self.kept))
        nn.init.zeros_(last.weight)  # the layer begins as the identity
        nn.init.zeros_(last.bias)
        self.network = nn.Sequential(
            nn.Linear(self.kept, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), last
        )

    def forward(self, noise: Tensor) -> Tensor:
        """`n x d` from the base's side to the latents' side."""
        kept, changed = noise[:, : self.kept], noise[:, self.kept :]
        log_scale, shift = self._scale_and_shift(kept)
        values = torch.cat([kept, changed * log_scale.exp() + shift], dim=-1)
        return values[:, self.order.argsort()]

    def inverse(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """`n x d` back to the base's side; with the log determinant of this direction, `n`."""
        ordered = latents[:, self.order]
        kept, changed = ordered[:, : self.kept], ordered[:, self.kept :]
        log_scale, shift = self._scale_and_shift(kept)
        noise = torch.cat([kept, (changed - shift) * (-log_scale).exp()], dim=-1)
        return noise, -log_scale.sum(dim=-1)

    def _scale_and_shift(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = self.network(kept).chunk(2, dim=-1)
        return LARGEST_LOG_SCALE * torch.tanh(raw), shift


class RealNvp(nn.Module):
    """`z = location + scale f(temperature u)` with `u ~ N(0, I)` and `f` a chain of couplings.

    Args:
        location: `d`, the mean of the data.
        scale: `d x d`, the Cholesky factor of its covariance: `f` begins as the identity, so the
            flow begins as the full Gaussian and learns what that leaves over.
        layers: Coupling layers.
        hidden: Units of each of their hidden layers.

    Raises:
        ShapeError: `scale` does not fit `location`.
        ConfigError: A single latent dimension, which has no halves to couple.
    """

    name = "realnvp"

    location: Tensor
    scale: Tensor
    temperature: Tensor

    def __init__(self, location: Tensor, scale: Tensor, layers: int, hidden: int) -> None:
        super().__init__()
        d = len(location)
        if scale.shape != (d, d):
            raise ShapeError(f"flow over {d} dimensions with a scale {tuple(scale.shape)}")
        if d < 2:
            raise ConfigError("RealNVP needs 2 latent dimensions or more; use gaussian_mixture")
        self.register_buffer("location", location)
        self.register_buffer("scale", scale)
        self.register_buffer("temperature", torch.ones(1))
        self.layers = nn.ModuleList(
            # Every second layer swaps the halves: two layers change every dimension.
            AffineCoupling(torch.arange(d).roll(d // 2) if i % 2 else torch.randperm(d), hidden)
            for i in range(layers)
        )

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`, in half precision or not."""
        layers = sum(name.endswith(".order") for name in tensors)
        hidden = len(tensors["layers.0.network.0.bias"])
        with torch.random.fork_rng(devices=[]):  # what the layers draw is overwritten
            flow = cls(tensors["location"].float(), tensors["scale"].float(), layers, hidden)
        missing = sorted(flow.state_dict().keys() - tensors.keys())
        if missing:
            raise KeyError(missing[0])
        flow.load_state_dict(dict(tensors))
        return flow.eval().requires_grad_(False)

    def tempered(self, temperature: float) -> "RealNvp":
        """The same flow with the standard deviation of its base multiplied by `temperature`."""
        flow = RealNvp.from_tensors(self.tensors())
        flow.temperature *= temperature
        return flow

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents, on the generator's device whichever the flow's."""
        noise = torch.randn(n, len(self.location), generator=generator, device=generator.device)
        values = self.temperature * noise.to(self.location.device)
        for layer in reversed(self._couplings):
            values = layer(values)
        latents: Tensor = self.location + values @ self.scale.T
        return latents.to(generator.device)

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`, of `n x d` latents: the change of variables (eq. 2)."""
        centred = (latents - self.location).T
        values: Tensor = torch.linalg.solve_triangular(self.scale, centred, upper=False).T
        log_det = -self.scale.diagonal().log().sum()
        for layer in self._couplings:
            values, step = layer.inverse(values)
            log_det = log_det + step
        log_det = log_det - values.shape[-1] * self.temperature.log()
        return standard_normal_log_prob(values / self.temperature) + log_det

    def tensors(self) -> dict[str, Tensor]:
        """All buffers and weights."""
        return {name: value.detach().clone() for name, value in self.state_dict().items()}

    @property
    def _couplings(self) -> list[AffineCoupling]:
        return cast("list[AffineCoupling]", list(self.layers))
