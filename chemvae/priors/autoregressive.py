"""A masked autoencoder: one dimension after another, each a mixture of Gaussians."""

import math
from collections.abc import Mapping
from typing import NamedTuple, Self, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chemvae.errors import ShapeError
from chemvae.masked_linear import MaskedLinear
from chemvae.priors.standard_normal import standard_normal_log_prob

LARGEST_LOG_SCALE = 4.0
"""Bound of a component's log standard deviation, so that weights rounded to half precision, and
latents far from the data, still give finite values."""


class Conditionals(NamedTuple):
    """Mixtures of `k` Gaussians, one for each value."""

    logits: Tensor
    """`... x k`: log weights, up to a constant."""
    means: Tensor
    """`... x k`."""
    log_scales: Tensor
    """`... x k`: log standard deviations."""

    def log_prob(self, values: Tensor, temperature: Tensor) -> Tensor:
        """Nats of `...` values, at a temperature."""
        log_scales = self.log_scales + temperature.log()
        whitened = (values.unsqueeze(-1) - self.means) * (-log_scales).exp()
        components = standard_normal_log_prob(whitened.unsqueeze(-1)) - log_scales
        weights = torch.log_softmax(self.logits / temperature, dim=-1)
        return torch.logsumexp(weights + components, dim=-1)

    def sample(self, choice: Tensor, noise: Tensor, temperature: Tensor) -> Tensor:
        """A value of each mixture, from a uniform and a normal random number of each."""
        below = torch.softmax(self.logits / temperature, dim=-1).cumsum(dim=-1)
        # Rounding may leave the last sum below the number drawn.
        chosen = (
            (below < choice.unsqueeze(-1)).sum(dim=-1, keepdim=True).clamp(max=below.shape[-1] - 1)
        )
        mean, log_scale = (
            each.gather(-1, chosen).squeeze(-1) for each in (self.means, self.log_scales)
        )
        return mean + temperature * log_scale.exp() * noise


class MaskedBlock(nn.Module):
    """`x + outer(silu(inner(silu(x))))`, no unit listening to one of a higher degree.

    Args:
        mask: `h x h`.
    """

    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.inner, self.outer = MaskedLinear(mask), MaskedLinear(mask)
        nn.init.zeros_(self.outer.weight)  # the block begins as the identity
        nn.init.zeros_(self.outer.bias)

    def forward(self, values: Tensor) -> Tensor:
        """`n x h` to `n x h`."""
        result: Tensor = values + self.outer(F.silu(self.inner(F.silu(values))))
        return result


class Autoregressive(nn.Module):
    """`p(z) = prod_i p(w_i | w_1 .. w_(i-1)) / det(scale)` with `z = location + scale w`.

    All conditionals come from one masked network (MADE, Germain et al. 2015, arXiv:1502.03509) with
    residual blocks (Nash & Durkan 2019, arXiv:1904.05626). The units of degree `i` listen to the
    first `i` dimensions alone and lie side by side, so a sample computes every unit once, in `d`
    steps: as much arithmetic as one density.

    Args:
        location: `d`, the mean of the data.
        scale: `d x d`, the Cholesky factor of its covariance.
        units: Hidden units of each degree; a layer has `d` times as many, `h`.
        blocks: Residual blocks.
        components: Gaussians of each conditional, `k`.

    Raises:
        ShapeError: `scale` does not fit `location`.
    """

    name = "autoregressive"

    location: Tensor
    scale: Tensor
    temperature: Tensor

    def __init__(
        self, location: Tensor, scale: Tensor, units: int, blocks: int, components: int
    ) -> None:
        super().__init__()
        d = len(location)
        if scale.shape != (d, d):
            raise ShapeError(f"prior over {d} dimensions with a scale {tuple(scale.shape)}")
        self.register_buffer("location", location)
        self.register_buffer("scale", scale)
        self.register_buffer("temperature", torch.ones(1))
        self.units, self.components = units, components
        inputs, degrees = torch.arange(1, d + 1), torch.arange(d)
        hidden, outputs = (
            degrees.repeat_interleave(units),
            degrees.repeat_interleave(3 * components),
        )
        self.first = MaskedLinear(_listens(hidden, inputs))
        self.blocks = nn.ModuleList(MaskedBlock(_listens(hidden, hidden)) for _ in range(blocks))
        self.last = MaskedLinear(_listens(outputs, hidden))
        nn.init.zeros_(self.last.weight)
        self.last.bias.data.copy_(_about_normal(components).flatten().repeat(d))

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`, in half precision or not."""
        d = len(tensors["location"])
        units, components = len(tensors["first.bias"]) // d, len(tensors["last.bias"]) // (3 * d)
        blocks = sum(name.endswith(".inner.bias") for name in tensors)
        with torch.random.fork_rng(devices=[]):  # what the layers draw is overwritten
            prior = cls(
                tensors["location"].float(), tensors["scale"].float(), units, blocks, components
            )
        missing = sorted(prior.state_dict().keys() - tensors.keys())
        if missing:
            raise KeyError(missing[0])
        prior.load_state_dict(dict(tensors))
        return prior.eval().requires_grad_(False)

    def tempered(self, temperature: float) -> "Autoregressive":
        """The same with its conditionals' standard deviations multiplied by `temperature`, and
        their log weights divided by it."""
        prior = Autoregressive.from_tensors(self.tensors())
        prior.temperature *= temperature
        return prior

    def forward(self, values: Tensor) -> Conditionals:
        """The conditionals of `n x d` whitened values, each tensor `n x d x k`."""
        hidden = self.first(values)
        for block in self.blocks:
            hidden = block(hidden)
        outputs = self.last(F.silu(hidden)).to(values.dtype)  # autocast's is of half precision
        return _conditionals(outputs.view(len(values), -1, 3, self.components))

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents, on the generator's device whichever the prior's."""
        d, device = len(self.location), self.location.device
        choices = torch.rand(d, n, generator=generator, device=generator.device).to(device)
        noise = torch.randn(d, n, generator=generator, device=generator.device).to(device)
        values = torch.zeros(d, n, device=device)
        # What each layer after the first reads: activations of the units that are known so far.
        reads = [values.new_zeros(d * self.units, n) for _ in range(2 * len(self.blocks) + 1)]
        for i in range(d):
            conditional = self._next(i, values[:i], reads)
            values[i] = conditional.sample(choices[i], noise[i], self.temperature)
        latents: Tensor = self.location + values.T @ self.scale.T
        return latents.to(generator.device)

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`, of `n x d` latents."""
        centred = (latents - self.location).T
        values: Tensor = torch.linalg.solve_triangular(self.scale, centred, upper=False).T
        log_det = self.scale.diagonal().log().sum()
        conditionals: Conditionals = self(values)
        return conditionals.log_prob(values, self.temperature).sum(dim=-1) - log_det

    def tensors(self) -> dict[str, Tensor]:
        """All buffers and weights; what a mask hides is zero."""
        hidden = {
            f"{name}.weight": layer.mask
            for name, layer in self.named_modules()
            if isinstance(layer, MaskedLinear)
        }
        return {
            name: value.detach() * hidden.get(name, 1) for name, value in self.state_dict().items()
        }

    def _next(self, i: int, known: Tensor, reads: list[Tensor]) -> Conditionals:
        """The conditionals of dimension `i`, `n x k`, from the `i x n` before it.

        Fills in the units of degree `i` in `reads`, each `h x n`.
        """
        now, so_far = slice(i * self.units, (i + 1) * self.units), slice((i + 1) * self.units)
        layers = iter(reads)
        hidden, read = self.first.part(now, known), next(layers)
        read[now] = F.silu(hidden)
        for block in cast("list[MaskedBlock]", list(self.blocks)):
            inner = next(layers)
            inner[now] = F.silu(block.inner.part(now, read[so_far]))
            hidden = hidden + block.outer.part(now, inner[so_far])
            read = next(layers)
            read[now] = F.silu(hidden)
        width = 3 * self.components
        outputs = self.last.part(slice(i * width, (i + 1) * width), read[so_far])
        return _conditionals(outputs.T.reshape(-1, 3, self.components))


def _conditionals(outputs: Tensor) -> Conditionals:
    """From `... x 3 x k`."""
    logits, means, raw = outputs.unbind(dim=-2)
    return Conditionals(logits, means, LARGEST_LOG_SCALE * torch.tanh(raw / LARGEST_LOG_SCALE))


def _listens(outputs: Tensor, inputs: Tensor) -> Tensor:
    """The mask of a layer: nothing listens to a higher degree than its own."""
    return (outputs[:, None] >= inputs).float()


def _about_normal(components: int) -> Tensor:
    """Logits, means and log standard deviations, `3 x k`, of a mixture near `N(0, 1)`."""
    means = torch.linspace(-0.9, 0.9, components) if components > 1 else torch.zeros(1)
    within = 1.0 - means.square().mean().item()
    return torch.stack(
        [torch.zeros(components), means, torch.full((components,), 0.5 * math.log(within))]
    )
