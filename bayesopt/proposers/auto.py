"""Bayesian optimisation in a trust region of the latent space, judged on decoded molecules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.acquisition.logei import qLogExpectedImprovement
from botorch.models import SingleTaskGP
from botorch.optim.optimize import optimize_acqf_discrete
from botorch.sampling.normal import SobolQMCNormalSampler
from torch import Tensor

from bayesopt.proposers.prior import propose_from_prior, sample_prior
from bayesopt.proposers.proposal import Draft, Problem, Proposal
from bayesopt.proposers.screening import Screened, screen
from bayesopt.proposers.trust_region import MAX_LENGTH, candidates, replay
from bayesopt.surrogates.latent_gp import MAX_OBSERVATIONS, fit_latent_gp, sample_posterior
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.trial import Prediction

NUM_CANDIDATES = 1024
"""Raw latents ranked in each attempt; a power of two, as Sobol sequences like."""
SHORTLIST_FACTOR = 16
MAX_SHORTLIST = 256
"""Latents decoded in each attempt: so many for every molecule asked, up to the maximum."""
PRIOR_SHARE = 4
"""One prior sample for so many latents of the region: a region stuck at a local optimum then loses
the batch to molecules from elsewhere."""
MAX_ATTEMPTS = 4
NUM_POSTERIOR_SAMPLES = 128
"""Quasi-Monte-Carlo samples behind qLogEI."""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A fitted GP with the coordinates it lives in and the utility to beat."""

    gp: SingleTaskGP
    scale: LatentScale
    incumbent: float
    """Highest posterior mean at a feasible molecule. Unlike the highest value seen, it is not
    fooled by a lucky measurement; without noise the two agree."""

    def points(self, latents: Sequence[Sequence[float] | None]) -> Tensor:
        """`n x d` unit coordinates."""
        return self.scale.to_unit(torch.tensor(list(latents), dtype=torch.double))

    def predicted(self, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
        """`drafts` with what the GP says at their re-encoded latents."""
        if not drafts:
            return ()
        points = self.points([draft.latent for draft in drafts])
        with torch.no_grad():
            posterior = self.gp.posterior(points)
            mean, sd = posterior.mean.squeeze(-1), posterior.variance.sqrt().squeeze(-1)
            gain = LogExpectedImprovement(self.gp, self.incumbent)(points.unsqueeze(-2)).exp()
        numbers = zip(mean.tolist(), sd.tolist(), gain.tolist(), strict=True)
        return tuple(
            replace(draft, prediction=Prediction(*of))
            for draft, of in zip(drafts, numbers, strict=True)
        )


def propose_in_trust_region(
    problem: Problem, num_molecules: int, generator: torch.Generator
) -> Proposal:
    """A joint batch of molecules by expected improvement in a trust region.

    Thompson samples over a Sobol set in the region pick a shortlist of latents, joined by some
    from the prior. They are decoded and screened, and qLogEI (Ament et al., NeurIPS 2023),
    evaluated at the *re-encoded* latents and conditioned on the trials still open, picks the batch.
    Latents that find too little are followed by a wider or narrower region, and in the end by the
    prior. Before the first feasible molecule of a region, and when a region has collapsed, the
    batch is from the prior.
    """
    region = replay(problem.trials, problem.utilities)
    centre = _centre(problem, region.start)
    if centre is None:
        return propose_from_prior(problem, num_molecules, generator)
    surrogate = _surrogate(problem, centre)
    found = _search(problem, surrogate, centre, region.length, num_molecules, generator)
    chosen = _joint_batch(problem, surrogate, found.kept, num_molecules, generator)
    missing = num_molecules - len(chosen)
    filled = sample_prior(problem, missing, generator, problem.known | found.keys)
    return Proposal(
        surrogate.predicted(chosen + filled.kept),
        found.refused + filled.refused,
        found.decodes + filled.decodes,
    )


def _centre(problem: Problem, start: int) -> Sequence[float] | None:
    """Latent (`d`) of the best feasible molecule since iteration `start`; None without one."""
    eligible = [
        (utility, -trial.number, trial.latent)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None and trial.feasible and trial.latent and trial.iteration >= start
    ]
    return max(eligible)[2] if eligible else None


def _surrogate(problem: Problem, centre: Sequence[float]) -> Surrogate:
    """The GP on every evaluated molecule that has a latent, the nearest to `centre` if too many."""
    observed = [
        (trial, utility)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None and trial.latent is not None
    ]
    scale = LatentScale.of(problem.model)
    points = scale.to_unit(torch.tensor([trial.latent for trial, _ in observed]).double())
    utilities = torch.tensor([utility for _, utility in observed], dtype=torch.double)
    feasible = torch.tensor([trial.feasible for trial, _ in observed])
    if len(points) > MAX_OBSERVATIONS:
        distance = (points - scale.to_unit(torch.tensor([centre]).double())).norm(dim=-1)
        nearest = distance.topk(MAX_OBSERVATIONS, largest=False).indices.sort().values
        points, utilities, feasible = points[nearest], utilities[nearest], feasible[nearest]
    gp = fit_latent_gp(points, utilities)
    with torch.no_grad():
        incumbent = gp.posterior(points[feasible]).mean.max()
    return Surrogate(gp, scale, float(incumbent))


def _search(
    problem: Problem,
    surrogate: Surrogate,
    centre: Sequence[float],
    length: float,
    num_molecules: int,
    generator: torch.Generator,
) -> Screened:
    """Molecules of the region and from elsewhere, `num_molecules` unless the attempts run out."""
    middle = surrogate.points([centre])[0]
    lengthscales = surrogate.gp.covar_module.lengthscale.detach().squeeze(0)
    num_shortlisted = min(SHORTLIST_FACTOR * num_molecules, MAX_SHORTLIST)
    found = Screened()
    for _ in range(MAX_ATTEMPTS):
        points = candidates(middle, lengthscales, length, NUM_CANDIDATES, generator)
        draws = sample_posterior(surrogate.gp, points, num_shortlisted, generator)
        winners, counts = torch.unique(draws.argmax(dim=-1), return_counts=True)
        shortlist = winners[counts.argsort(descending=True, stable=True)]
        latents = surrogate.scale.to_latent(points[shortlist])
        latest = screen(latents, problem, "trust_region", problem.known | found.keys)
        found += latest
        elsewhere = problem.model.sample_prior(num_shortlisted // PRIOR_SHARE, generator)
        found += screen(elsewhere, problem, "prior", problem.known | found.keys)
        if len(found.kept) >= num_molecules:
            break
        # Repeats mean that the region is used up; refusals that it reaches too far.
        repeats = latest.num_repeats >= len(latest.refused)
        length = min(2 * length, MAX_LENGTH) if repeats else length / 2
    return found


def _joint_batch(
    problem: Problem,
    surrogate: Surrogate,
    drafts: tuple[Draft, ...],
    num_molecules: int,
    generator: torch.Generator,
) -> tuple[Draft, ...]:
    """The batch that qLogEI prefers, in the order it was picked."""
    if len(drafts) <= 1:
        return drafts
    points = surrogate.points([draft.latent for draft in drafts])
    pending = [trial.latent for trial in problem.trials if trial.open and trial.latent is not None]
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    acquisition = qLogExpectedImprovement(
        surrogate.gp,
        best_f=surrogate.incumbent,
        sampler=SobolQMCNormalSampler(torch.Size([NUM_POSTERIOR_SAMPLES]), seed=seed),
        X_pending=surrogate.points(pending) if pending else None,
    )
    q = min(num_molecules, len(drafts))
    batch, _ = optimize_acqf_discrete(acquisition, q=q, choices=points)
    remaining = dict(enumerate(drafts))
    picked: list[Draft] = []
    for point in batch.reshape(q, -1):
        index = next(i for i in remaining if torch.equal(points[i], point))
        picked.append(remaining.pop(index))
    return tuple(picked)
