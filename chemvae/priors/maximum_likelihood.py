"""Maximum likelihood of a density on the aggregated posterior."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm  # type: ignore[import-untyped]

from chemvae.errors import ConfigError
from chemvae.priors.autoregressive import Autoregressive
from chemvae.priors.realnvp import RealNvp

Density = TypeVar("Density", RealNvp, Autoregressive)


@dataclass(frozen=True)
class Fit:
    """How long a density is fitted, and in what steps."""

    steps: int = 4000
    """Steps of AdamW; the learning rate rises and falls once over them."""
    learning_rate: float = 1e-3
    """Peak learning rate."""
    batch_size: int = 1024
    """Molecules in a step, one fresh posterior sample each."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient."""
    validation_every: int = 100
    """Steps between looks at the held-out log likelihood."""
    patience: int = 10
    """Looks without a better one before the fit stops."""
    held_out: float = 0.05
    """Share of the molecules kept for validation."""
    bfloat16: bool = False
    """Whether matrix products are computed in bfloat16."""


def fit_density(
    build: Callable[[Tensor, Tensor], Density],
    means: Tensor,
    log_variances: Tensor,
    seed: int,
    settings: Fit,
) -> Density:
    """Fit a density to posteriors, on their device; it comes back on the CPU.

    Every step draws new noise: the density sees the aggregated posterior itself, never the same
    sample twice, so it cannot learn samples by heart. Of all steps the one with the best held-out
    log likelihood is kept.

    Args:
        build: Makes the density to begin with from the mean, `d`, and the Cholesky factor of the
            covariance, `d x d`, of the aggregated posterior.
        means: `n x d` posterior means.
        log_variances: `n x d`.
        seed: Decides weights, split, order and noise; the global generator is left alone.
        settings: Of the fit.

    Raises:
        ConfigError: Fewer than two molecules.
    """
    n = len(means)
    if n < 2:
        raise ConfigError(f"{n} molecules cannot fit a prior and check it: give 2 or more")
    generator = torch.Generator(means.device).manual_seed(seed)
    posteriors = torch.stack([means, (0.5 * log_variances).exp()], dim=1)
    posteriors = posteriors[torch.randperm(n, generator=generator, device=means.device)]
    size = max(1, round(settings.held_out * n))
    held_out, train = _sample(posteriors[:size], generator), posteriors[size:]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        density = build(*_moments(train)).to(means.device)
    # The first of the looks is at the density before any step: the fit can only improve on it.
    best, best_value, looks = copy.deepcopy(density), _mean_log_prob(density, held_out), 0
    for step in _train(density, train, generator, settings):
        if step % settings.validation_every and step != settings.steps:
            continue
        value, looks = _mean_log_prob(density, held_out), looks + 1
        if value > best_value:
            best, best_value, looks = copy.deepcopy(density), value, 0
        if looks == settings.patience:
            break
    return best.cpu().eval().requires_grad_(False)


def _train(
    density: RealNvp | Autoregressive, posteriors: Tensor, generator: torch.Generator, settings: Fit
) -> Iterator[int]:
    """The number of each step, once it is done."""
    device = posteriors.device
    optimizer = torch.optim.AdamW(density.parameters(), weight_decay=1e-4)
    schedule = OneCycleLR(optimizer, settings.learning_rate, settings.steps, pct_start=0.1)
    title = f"{density.name} prior"
    for step in tqdm(range(1, settings.steps + 1), desc=title, unit=" steps", disable=None):
        rows = torch.randint(
            len(posteriors), (settings.batch_size,), generator=generator, device=device
        )
        latents = _sample(posteriors[rows], generator)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.bfloat16):
            loss = -density.log_prob(latents).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(density.parameters(), settings.gradient_clip)
        optimizer.step()
        schedule.step()
        yield step


@torch.no_grad()
def _mean_log_prob(density: RealNvp | Autoregressive, latents: Tensor) -> float:
    """Nats a latent."""
    parts = torch.split(latents, 4096)
    return sum(density.log_prob(part).sum().item() for part in parts) / len(latents)


def _moments(posteriors: Tensor) -> tuple[Tensor, Tensor]:
    """Mean, `d`, and Cholesky factor of the covariance, `d x d`, of the aggregated posterior."""
    means, deviations = posteriors.double().unbind(dim=1)
    within = deviations.square().mean(dim=0).diag()
    scale = torch.linalg.cholesky(torch.cov(means.T, correction=0) + within)
    return means.mean(dim=0).float().cpu(), scale.float().cpu()


def _sample(posteriors: Tensor, generator: torch.Generator) -> Tensor:
    """A fresh sample, `n x d`, of each of `n x 2 x d` means and standard deviations."""
    means, deviations = posteriors.unbind(dim=1)
    noise = torch.randn(means.shape, generator=generator, device=means.device)
    return means + deviations * noise
