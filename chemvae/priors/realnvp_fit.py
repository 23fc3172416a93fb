"""Maximum likelihood of a RealNVP on the aggregated posterior."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm  # type: ignore[import-untyped]

from chemvae.errors import ConfigError
from chemvae.priors.realnvp import RealNvp


@dataclass(frozen=True)
class RealNvpFit:
    """The size of the flow and of its fit; the defaults were chosen in decision 0007."""

    layers: int = 10
    """Coupling layers."""
    hidden: int = 128
    """Units of each of their two hidden layers."""
    steps: int = 2500
    """Steps of AdamW; the learning rate rises and falls once over them."""
    batch_size: int = 1024
    """Molecules in a step, one fresh posterior sample each."""
    learning_rate: float = 5e-3
    """Peak learning rate."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient."""
    validation_every: int = 100
    """Steps between looks at the held-out log likelihood."""
    patience: int = 10
    """Looks without a better one before the fit stops."""
    held_out: float = 0.05
    """Share of the molecules kept for validation."""


def fit_realnvp(
    means: Tensor, log_variances: Tensor, seed: int, settings: RealNvpFit | None = None
) -> RealNvp:
    """Fit a flow to posteriors, on their device; it comes back on the CPU.

    Every step draws new noise: the flow sees the aggregated posterior itself, never the same sample
    twice, so it cannot learn samples by heart. Of all steps the one with the best held-out log
    likelihood is kept.

    Args:
        means: `n x d` posterior means.
        log_variances: `n x d`.
        seed: Decides weights, split, order and noise; the global generator is left alone.
        settings: The size of the flow and of the fit.

    Raises:
        ConfigError: Fewer than two molecules, or a single latent dimension.
    """
    settings = settings or RealNvpFit()
    n = len(means)
    if n < 2:
        raise ConfigError(f"{n} molecules cannot fit a prior and check it: give 2 or more")
    generator = torch.Generator(means.device).manual_seed(seed)
    posteriors = torch.stack([means, (0.5 * log_variances).exp()], dim=1)
    posteriors = posteriors[torch.randperm(n, generator=generator, device=means.device)]
    size = max(1, round(settings.held_out * n))
    held_out, train = _sample(posteriors[:size], generator), posteriors[size:]
    flow = _full_gaussian(train, seed, settings)
    # The first of the looks is at the full Gaussian: the fit can only improve on it.
    best, best_value, looks = copy.deepcopy(flow), _mean_log_prob(flow, held_out), 0
    for step in _train(flow, train, generator, settings):
        if step % settings.validation_every and step != settings.steps:
            continue
        value, looks = _mean_log_prob(flow, held_out), looks + 1
        if value > best_value:
            best, best_value, looks = copy.deepcopy(flow), value, 0
        if looks == settings.patience:
            break
    return best.cpu().eval().requires_grad_(False)


def _train(
    flow: RealNvp, posteriors: Tensor, generator: torch.Generator, settings: RealNvpFit
) -> Iterator[int]:
    """The number of each step, once it is done."""
    optimizer = torch.optim.AdamW(flow.parameters(), weight_decay=1e-4)
    schedule = OneCycleLR(optimizer, settings.learning_rate, settings.steps, pct_start=0.1)
    bar = tqdm(range(1, settings.steps + 1), desc="RealNVP prior", unit=" steps", disable=None)
    for step in bar:
        rows = torch.randint(
            len(posteriors),
            (settings.batch_size,),
            generator=generator,
            device=posteriors.device,
        )
        loss = -flow.log_prob(_sample(posteriors[rows], generator)).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(flow.parameters(), settings.gradient_clip)
        optimizer.step()
        schedule.step()
        yield step


@torch.no_grad()
def _mean_log_prob(flow: RealNvp, latents: Tensor) -> float:
    """Nats a latent."""
    return flow.log_prob(latents).mean().item()


def _full_gaussian(posteriors: Tensor, seed: int, settings: RealNvpFit) -> RealNvp:
    """The flow before its first step: with the aggregated posterior's own mean and covariance."""
    means, deviations = posteriors.double().unbind(dim=1)
    within = deviations.square().mean(dim=0).diag()
    scale = torch.linalg.cholesky(torch.cov(means.T, correction=0) + within)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        flow = RealNvp(means.mean(dim=0).float(), scale.float(), settings.layers, settings.hidden)
    return flow.to(posteriors.device)


def _sample(posteriors: Tensor, generator: torch.Generator) -> Tensor:
    """A fresh sample, `n x d`, of each of `n x 2 x d` means and standard deviations."""
    means, deviations = posteriors.unbind(dim=1)
    noise = torch.randn(means.shape, generator=generator, device=means.device)
    return means + deviations * noise
