"""CMA-ES in the latent space, by the package `cma`.

Source: Hansen and Ostermeier, Evol. Comput. 9:159 (2001), doi:10.1162/106365601750190398; with a
diagonal covariance, which learns in fewer generations: Ros and Hansen, PPSN X (2008).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import cma  # type: ignore[import-untyped]
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bayesopt.proposers.prior import propose_from_prior, sample_prior
from bayesopt.proposers.proposal import Problem, Proposal
from bayesopt.proposers.screening import Screened, screen
from bayesopt.proposers.trust_region import MAX_STANDARD_SCORE
from bayesopt.surrogates.latent_scale import LatentScale

INITIAL_SD = 0.5
"""Of the first generation, in prior standard deviations."""
MAX_ATTEMPTS = 5
"""Batches of latents asked before the prior fills what is missing. They double, from as many as are
missing, for late in a search most decodes repeat known compounds."""

Told = tuple[Sequence[float], float | None]
"""A latent that was decoded, and its utility; None where it gave no molecule that counts."""


def propose_by_cma_es(problem: Problem, num_molecules: int, generator: torch.Generator) -> Proposal:
    """The decodes of latents that the evolution strategy asks for.

    Its state is recomputed from the trials: the strategy starts at the best molecule that was
    there before it, and is told its own trials again, latents asked with utilities, in generations
    of its population's size or more. A latent without a utility, for whatever reason, counts as
    bad as the worst known. Where no molecule with a latent is evaluated yet, the batch is from the
    prior.
    """
    start = _start(problem)
    if start is None:
        return propose_from_prior(problem, num_molecules, generator)
    scale = LatentScale.of(problem.model)
    strategy = _replayed(problem, scale, start, generator)
    found = Screened()
    for attempt in range(MAX_ATTEMPTS):
        missing = num_molecules - len(found.kept)
        if missing <= 0:
            break
        points = np.stack(strategy.ask(missing * 2**attempt))
        found += screen(_latents(scale, points), problem, "cma_es", problem.known | found.keys)
    chosen = found.kept[:num_molecules]
    filled = sample_prior(
        problem, num_molecules - len(chosen), generator, problem.known | found.keys
    )
    return Proposal(
        chosen + filled.kept, found.refused + filled.refused, found.decodes + filled.decodes
    )


def _start(problem: Problem) -> Sequence[float] | None:
    """Latent (`d`) of the best feasible molecule from before the strategy's own first one."""
    own = (trial.number for trial in problem.trials if trial.method == "cma_es")
    first = min(own, default=len(problem.trials))
    eligible = [
        (utility, -trial.number, trial.latent)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None and trial.feasible and trial.latent and trial.number < first
    ]
    return max(eligible)[2] if eligible else None


def _replayed(
    problem: Problem, scale: LatentScale, start: Sequence[float], generator: torch.Generator
) -> cma.CMAEvolutionStrategy:
    """The strategy after all generations that are settled; whatever it draws from `generator`."""
    known = [utility for utility in problem.utilities if utility is not None]
    worst = min(known)
    best: Sequence[float] = start
    highest = -math.inf
    strategy = _strategy(scale, start, generator)
    for generation in _generations(problem, strategy.popsize):
        points = _standard(scale, [latent for latent, _ in generation])
        losses = [-(worst if utility is None else utility) for _, utility in generation]
        strategy.ask()  # which cma wants before every tell; what it draws is forgotten
        strategy.tell(list(points), losses, check_points=False)
        latent, utility = max(generation, key=lambda told: _or_lowest(told[1]))
        if utility is not None and utility > highest:
            best, highest = latent, utility
        if strategy.stop():
            strategy = _strategy(scale, best, generator)
    return strategy


def _generations(problem: Problem, size: int) -> Iterator[list[Told]]:
    """The strategy's own settled trials, whole batches, at least `size` together."""
    pairs = zip(problem.trials, problem.utilities, strict=True)
    own = [
        (trial, utility if trial.feasible else None)
        for trial, utility in pairs
        if trial.method == "cma_es" and trial.latent_asked is not None and not trial.open
    ]
    generation: list[Told] = []
    for _, batch in groupby(own, key=lambda pair: pair[0].iteration):
        generation += [(trial.latent_asked or (), utility) for trial, utility in batch]
        if len(generation) >= size:
            yield generation
            generation = []


def _strategy(
    scale: LatentScale, latent: Sequence[float], generator: torch.Generator
) -> cma.CMAEvolutionStrategy:
    """A new strategy around `latent` (`d`), in prior standard deviations."""

    def normal(*size: int) -> NDArray[np.float64]:
        return torch.randn(size, generator=generator, dtype=torch.double).numpy()

    # NaN: cma seeds numpy's global generator otherwise.
    options = {"randn": normal, "seed": math.nan, "verbose": -9, "CMA_diagonal": True}
    return cma.CMAEvolutionStrategy(_standard(scale, [latent])[0], INITIAL_SD, options)


def _standard(scale: LatentScale, latents: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """`n x d` latents in prior standard deviations from the prior's mean."""
    return ((torch.tensor(latents, dtype=torch.double) - scale.mean) / scale.sd).numpy()


def _latents(scale: LatentScale, points: NDArray[np.float64]) -> Tensor:
    """The `n x d` latents of such points, kept where the decoder was trained."""
    inside = torch.from_numpy(points).clamp(-MAX_STANDARD_SCORE, MAX_STANDARD_SCORE)
    return (inside * scale.sd + scale.mean).float()


def _or_lowest(utility: float | None) -> float:
    return -math.inf if utility is None else utility
