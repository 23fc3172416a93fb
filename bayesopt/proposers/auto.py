"""Bayesian optimisation around the best molecules, judged on decoded molecules."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from bayesopt.compounds import Vector
from bayesopt.proposers.batch import choose_batch
from bayesopt.proposers.elsewhere import beginning, niche, sample_elsewhere
from bayesopt.proposers.genetic import breed, fittest
from bayesopt.proposers.prior import sample_prior
from bayesopt.proposers.proposal import Problem, Proposal
from bayesopt.proposers.screening import Screened, screen
from bayesopt.proposers.trust_region import MAX_LENGTH, between, candidates, replay
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.surrogates.surrogate import Surrogate, fit_surrogate
from bayesopt.surrogates.utility import UtilityObjective
from bayesopt.trial import Method

NUM_CANDIDATES = 1024
"""Latents of the region ranked in each attempt; a power of two, as Sobol sequences like."""
NUM_BETWEEN = 512
"""Latents between two of the best molecules, ranked with them."""
NUM_ELITE = 20
"""Molecules that these lie between."""
SHORTLIST_FACTOR = 16
MAX_SHORTLIST = 256
"""Latents decoded in each attempt: so many for every molecule asked, up to the maximum."""
PRIOR_SHARE = 4
"""One prior sample for so many latents of the region: a region stuck at a local optimum then loses
the batch to molecules from elsewhere."""
BRED_SHARE = 4
"""One child of the best molecules, bred as graphs, for so many latents: they go where no latent
leads, and the fingerprints' kernel can judge them."""
MAX_ATTEMPTS = 4
PATIENCE = 3
"""Batches without improvement that a search takes as they come."""
STALL_SHARE = 0.1
"""Of the batch, for each batch without improvement beyond: what must come from elsewhere."""
MAX_STALL_SHARE = 0.5
NUM_EXPLORED = 24
"""Candidates for each molecule that must come from elsewhere."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search stands."""

    elite: tuple[Vector, ...]
    """Latents of the region's best molecules, best first."""
    parents: list[str]
    """Its molecules, best first."""
    length: float
    """The box's edge."""


def propose_auto(problem: Problem, num_molecules: int, generator: torch.Generator) -> Proposal:
    """A joint batch of molecules by expected improvement, around the best molecules so far.

    Joint Thompson samples pick a shortlist among latents of a trust region and between the best
    molecules; some from the prior join it. They are decoded and screened, children of the best
    molecules join them, and what is left is judged once more as molecules, by latent and
    fingerprint, for the batch (`choose_batch`).
    A GP that was told of molecules which lie close together is too sure of the others, and expected
    improvement then never looks at them: a search that stalls must choose a growing part of its
    batch, up to half, elsewhere: among new samples of the prior or, where constraints refuse those,
    among children of the molecules that are least like the best.
    Latents that find too little are followed by a wider or narrower region, and in the end by the
    prior. When a region has collapsed, the search begins anew: with a batch of the prior, or where
    constraints refuse that, of children of the molecules that the campaign began with. What was
    found before is known to the surrogate, but neither parent nor centre any more.
    """
    region = replay(problem.trials, problem.utilities)
    elite = _elite(problem, region.start)
    if not elite:
        founders = beginning(problem)
        founding = sample_elsewhere(problem, founders, num_molecules, generator, problem.known)
        return Proposal(founding.kept, founding.refused, founding.decodes)
    space = MoleculeSpace(LatentScale.of(problem.model))
    objective = UtilityObjective(problem.scalarization)
    surrogate = fit_surrogate(space, objective, problem.trials, elite[0])
    place = _Place(elite, fittest(problem, region.start), region.length)
    found = _search(problem, surrogate, place, num_molecules, generator)
    missing = max(0, num_molecules - len(found.kept))
    found += sample_prior(problem, missing, generator, problem.known | found.keys)
    num_explored = _num_explored(region.num_stalled, num_molecules, generator)
    met = problem.known | found.keys
    num_elsewhere = NUM_EXPLORED * num_explored
    elsewhere = sample_elsewhere(problem, niche(problem), num_elsewhere, generator, met)
    explored = choose_batch(problem, surrogate, elsewhere.kept, num_explored, generator)
    num_left = num_molecules - len(explored)
    chosen = choose_batch(problem, surrogate, found.kept, num_left, generator)
    found += elsewhere
    stalled = (
        f"{region.num_stalled} batches in a row brought nothing better, so it is from elsewhere."
    )
    explored = tuple(replace(draft, why=f"{stalled} {draft.why}") for draft in explored)
    return Proposal((*chosen, *explored), found.refused, found.decodes)


def _num_explored(num_stalled: int, num_molecules: int, generator: torch.Generator) -> int:
    """How many of a batch must come from elsewhere; a fraction is a chance of one more."""
    share = min(STALL_SHARE * max(0, num_stalled - PATIENCE), MAX_STALL_SHARE)
    return int(share * num_molecules + float(torch.rand((), generator=generator)))


def _elite(problem: Problem, start: int) -> tuple[Vector, ...]:
    """Latents of the best feasible molecules since iteration `start`, best first."""
    eligible = [
        (utility, -trial.number, trial.latent)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None and trial.feasible and trial.latent and trial.iteration >= start
    ]
    return tuple(latent for *_, latent in sorted(eligible, reverse=True)[:NUM_ELITE])


def _search(
    problem: Problem,
    surrogate: Surrogate,
    place: _Place,
    num_molecules: int,
    generator: torch.Generator,
) -> Screened:
    """Molecules of the region and from elsewhere, `num_molecules` unless the attempts run out."""
    space, length = surrogate.space, place.length
    elite = space.scale.to_unit(torch.tensor(place.elite))
    num_shortlisted = min(SHORTLIST_FACTOR * num_molecules, MAX_SHORTLIST)
    found = Screened()
    for _ in range(MAX_ATTEMPTS):
        near = candidates(elite[0], surrogate.lengthscales, length, NUM_CANDIDATES, generator)
        points = torch.cat([near, between(elite, NUM_BETWEEN, generator)])
        draws = surrogate.draws(space.latent_rows(points), num_shortlisted, generator)
        winners, counts = torch.unique(draws.argmax(dim=-1), return_counts=True)
        shortlist = winners[counts.argsort(descending=True, stable=True)]
        latents = space.scale.to_latent(points[shortlist])
        elsewhere = problem.model.sample_prior(num_shortlisted // PRIOR_SHARE, generator)
        parts: dict[Method, Tensor] = {
            "trust_region": latents[shortlist < NUM_CANDIDATES],
            "crossover": latents[shortlist >= NUM_CANDIDATES],
            "prior": elsewhere,
        }
        known = problem.known | found.keys
        latest = breed(problem, place.parents, num_shortlisted // BRED_SHARE, generator, known)
        for method, part in parts.items():
            latest += screen(part, problem, method, known | latest.keys)
        found += latest
        if len(found.kept) >= num_molecules:
            break
        # Repeats mean that the region is used up; refusals that it reaches too far.
        repeats = latest.num_repeats >= len(latest.refused)
        length = min(2 * length, MAX_LENGTH) if repeats else length / 2
    return found
