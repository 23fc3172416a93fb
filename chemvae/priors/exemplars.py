"""The aggregated posterior of many molecules: a Gaussian about each of them."""

import math
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from chemvae.errors import ConfigError, ShapeError
from chemvae.priors.codes import quantized, require_codes

ROWS = 256
"""Latents whose densities are computed at a time: each is compared with every exemplar."""


class ExemplarMixture:
    """`p(z) = 1/m sum_i N(z; mean_i, spread^2)`, as of Norouzi et al. 2020 (arXiv:2004.04795).

    The best prior for a bound on log p(x) is the aggregated posterior (Tomczak & Welling 2018, eq.
    7). This is that of the exemplars, but for one spread in place of each one's own. A sample often
    decodes to its exemplar, so what the exemplars are decides what samples are: those of training
    molecules give them back, those of molecules that a model made give new ones (decision 24).

    Args:
        codes: `m x d`, the exemplars in steps of `step`, as signed bytes.
        step: `d`.
        spread: `d`, standard deviation about each.

    Raises:
        ShapeError: Parts that do not fit each other, or are not what they should be.
    """

    name = "exemplars"

    def __init__(self, codes: Tensor, step: Tensor, spread: Tensor) -> None:
        require_codes(codes, step, spread)
        if not len(codes):
            raise ShapeError("no exemplar")
        self.codes, self.step, self.spread = codes, step, spread

    @classmethod
    def fit(cls, means: Tensor, log_variances: Tensor, seed: int, exemplars: int) -> Self:
        """About molecules' posteriors, `n x d`.

        Args:
            means: `n x d`, of the posteriors.
            log_variances: `n x d`.
            seed: Chooses and shuffles the exemplars.
            exemplars: Posteriors that are kept at most.

        Raises:
            ConfigError: There is none.
        """
        if not len(means):
            raise ConfigError("no molecules to be exemplars of a prior: give some")
        generator = torch.Generator().manual_seed(seed)
        kept = means.cpu()[torch.randperm(len(means), generator=generator)[:exemplars]]
        return cls(*quantized(kept), log_variances.exp().mean(dim=0).sqrt().cpu())

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Rebuilt from `tensors()`, in half precision or not."""
        return cls(tensors["codes"], tensors["step"].float(), tensors["spread"].float())

    def tempered(self, temperature: float) -> "ExemplarMixture":
        """The same with the standard deviation about each multiplied by `temperature`."""
        return ExemplarMixture(self.codes, self.step, self.spread * temperature)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents, on the generator's device.

        They are about consecutive exemplars, which lie in random order, from a random one on: each
        sample alone is one of the mixture, and none is about the exemplar of another before every
        one was drawn once.
        """
        on = generator.device
        first = torch.randint(len(self.codes), (1,), generator=generator, device=on).cpu()
        chosen = (first + torch.arange(n)) % len(self.codes)
        noise = torch.randn(n, len(self.step), generator=generator, device=on)
        means = self.codes[chosen].float() * self.step
        return means.to(on) + noise * self.spread.to(on)

    def log_prob(self, latents: Tensor) -> Tensor:
        """Nats, `n`. Each latent is compared with all `m` exemplars."""
        # A dimension without spread would be a density without bound.
        spread = self.spread.clamp(min=torch.finfo(torch.float16).tiny).to(latents.device)
        means = self.codes.to(latents.device) * (self.step.to(latents.device) / spread)
        parts = [_log_sum(part, means) for part in torch.split(latents / spread, ROWS)]
        constant = 0.5 * means.shape[1] * math.log(2 * math.pi) + math.log(len(means))
        return torch.cat(parts) - spread.log().sum() - constant if parts else latents.new_empty(0)

    def tensors(self) -> dict[str, Tensor]:
        """Codes, step and spread."""
        return {"codes": self.codes, "step": self.step, "spread": self.spread}


def _log_sum(latents: Tensor, means: Tensor) -> Tensor:
    """`log sum_i exp(-|z - mean_i|^2 / 2)` of each of `n x d` latents."""
    squares = (
        latents.square().sum(dim=1, keepdim=True)
        - 2 * latents @ means.T
        + means.square().sum(dim=1)
    )
    return torch.logsumexp(-0.5 * squares.clamp(min=0), dim=1)
