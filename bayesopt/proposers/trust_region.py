"""The trust region's state, recomputed from the trials: nothing is stored that could be lost.

Source: Eriksson et al., "Scalable global optimization via local Bayesian optimization" (TuRBO),
NeurIPS 2019, section 2 and supplement A; lengths are edges in unit coordinates (`LatentScale`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from botorch.utils.sampling import draw_sobol_samples
from torch import Tensor

from bayesopt.trial import Trial

INITIAL_LENGTH = 0.8
MIN_LENGTH = 0.5**7
MAX_LENGTH = 1.6
SUCCESS_TOLERANCE = 3
"""Better batches in a row before the region doubles."""
FAILURE_TOLERANCE = 4
"""Batches in a row without improvement before the region halves. TuRBO's `d / q` would let a region
of 64 dimensions halve no more than three times in a budget of a few hundred molecules."""
MIN_IMPROVEMENT = 1e-3
"""Relative to the best so far; less is no success."""
NUM_PERTURBED = 20
"""Expected number of dimensions in which a candidate leaves the centre."""
MAX_STANDARD_SCORE = 3.0
"""Candidates stay within this many prior standard deviations in every dimension, for beyond them
the decoder was never trained."""


@dataclass(frozen=True, slots=True)
class TrustRegion:
    """A box around the best molecule since its start, and how the last batches went."""

    length: float = INITIAL_LENGTH
    num_successes: int = 0
    num_failures: int = 0
    num_stalled: int = 0
    """Batches in a row without improvement, whatever the length was."""
    best: float | None = None
    """Highest utility since the region's start; None before its first feasible molecule."""
    start: int = 0
    """The first iteration that belongs to this region; later than 0 after a restart."""

    def after(self, iteration: int, best: float | None) -> TrustRegion:
        """The region after a batch whose best feasible utility was `best`.

        The batch that founds a region counts as neither success nor failure. A region that
        collapses gives way to a new one, which the next batch founds elsewhere.
        """
        if self.best is None:
            return replace(self, best=best)
        if best is not None and best > self.best + MIN_IMPROVEMENT * abs(self.best):
            successes = self.num_successes + 1
            grown = replace(self, best=best, num_successes=successes, num_failures=0, num_stalled=0)
            if successes < SUCCESS_TOLERANCE:
                return grown
            return replace(grown, length=min(2 * self.length, MAX_LENGTH), num_successes=0)
        failures = self.num_failures + 1
        highest = self.best if best is None else max(self.best, best)
        shrunk = replace(
            self,
            best=highest,
            num_successes=0,
            num_failures=failures,
            num_stalled=self.num_stalled + 1,
        )
        if failures < FAILURE_TOLERANCE:
            return shrunk
        if self.length / 2 < MIN_LENGTH:
            return TrustRegion(start=iteration + 1)
        return replace(shrunk, length=self.length / 2, num_failures=0)


def replay(trials: Sequence[Trial], utilities: Sequence[float | None]) -> TrustRegion:
    """The region that `trials` leave behind, batch by batch in order of iteration.

    A batch of which nothing is known yet is passed over; one whose molecules all turned out to be
    infeasible is a failure.
    """
    batches: dict[int, list[tuple[Trial, float | None]]] = defaultdict(list)
    for trial, utility in zip(trials, utilities, strict=True):
        batches[trial.iteration].append((trial, utility))
    region = TrustRegion()
    for iteration in sorted(batches):
        batch = batches[iteration]
        feasible = [u for trial, u in batch if trial.feasible and u is not None]
        if feasible or not any(trial.open for trial, _ in batch):
            region = region.after(iteration, max(feasible, default=None))
    return region


def candidates(
    centre: Tensor, lengthscales: Tensor, length: float, num: int, generator: torch.Generator
) -> Tensor:
    """`num x d` points of the region, a scrambled Sobol sequence, unit coordinates.

    Edges are proportional to the GP's `lengthscales` (`d`) at a volume of `length ** d`; each
    candidate keeps the centre's (`d`) value in all but about `NUM_PERTURBED` dimensions, which
    finds improvements in many dimensions far more often than moving in all at once.
    """
    d = len(centre)
    weights = lengthscales / lengthscales.log().mean().exp()
    reach = MAX_STANDARD_SCORE / math.sqrt(12)
    low = (centre - weights * length / 2).clamp(0.5 - reach, 0.5 + reach)
    high = (centre + weights * length / 2).clamp(0.5 - reach, 0.5 + reach)
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    unit = draw_sobol_samples(torch.stack([torch.zeros(d), torch.ones(d)]), num, 1, seed=seed)
    points = low + (high - low) * unit.squeeze(-2).to(centre)
    moved = torch.rand(num, d, generator=generator) < min(1.0, NUM_PERTURBED / d)
    always = torch.randint(d, (num, 1), generator=generator)
    return torch.where(moved.scatter(1, always, True), points, centre)


def between(elite: Tensor, num: int, generator: torch.Generator) -> Tensor:
    """`num x d` points between pairs of `elite` (`k x d`, best first), unit coordinates.

    Each is a uniform mix of two, drawn with weights that fall with the rank, so most are between
    the best; of a single one, all are that one.
    """
    weights = 1 / torch.arange(1, len(elite) + 1, dtype=torch.double)
    alone = len(elite) == 1
    pairs = torch.multinomial(weights.expand(num, -1), 2, replacement=alone, generator=generator)
    share = torch.rand(num, 1, generator=generator, dtype=elite.dtype)
    return torch.lerp(elite[pairs[:, 0]], elite[pairs[:, 1]], share)
