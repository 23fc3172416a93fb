"""The aggregated posterior of many molecules: a Gaussian about each of them."""

import math
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from chemvae.errors import ConfigError, ShapeError
from chemvae.priors.codes import quantized, require_codes

TILE = 4096
"""Exemplars that latents are compared with at a time."""


class ExemplarMixture:
    """`p(z) = 1/m sum_i N(z; mean_i, spread^2)`, as of Norouzi et al. 2020 (arXiv:2004.04795).

    This is the aggregated posterior (Tomczak & Welling 2018, eq. 7) of the exemplars, but for one
    spread in place of each one's own. A sample often decodes to its exemplar, so what the exemplars
    are decides what samples are: those of training molecules give them back, those of molecules
    that a model made give new ones. To other molecules it gives next to no density (decision 24).

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
        scaled = latents / spread
        # -|z - mean|^2 / 2 without its |z|^2: one product and one pass, in the processor's cache.
        halves = torch.split(-0.5 * means.square().sum(dim=1), TILE)
        tiles = zip(torch.split(means, TILE), halves, strict=True)
        logs = [torch.addmm(half, scaled, tile.T).logsumexp(dim=1) for tile, half in tiles]
        standard = torch.stack(logs).logsumexp(dim=0) - 0.5 * scaled.square().sum(dim=1)
        constant = 0.5 * means.shape[1] * math.log(2 * math.pi) + math.log(len(means))
        return standard - spread.log().sum() - constant

    def tensors(self) -> dict[str, Tensor]:
        """Codes, step and spread."""
        return {"codes": self.codes, "step": self.step, "spread": self.spread}
