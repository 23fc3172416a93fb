"""Gradient ascent on what the model's own heads predict of a latent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from bayesopt.errors import SpecError
from bayesopt.latent_model import LatentModel, PropertyModel
from bayesopt.objectives import Objective, Scalarization
from bayesopt.proposers.prior import sample_prior
from bayesopt.proposers.proposal import Draft, Problem, Proposal
from bayesopt.proposers.screening import Screened, screen
from bayesopt.surrogates.latent_scale import LatentScale

NUM_STARTS = 2
"""Climbers for each molecule asked: half from the best molecules so far, half from the prior."""
JITTER = 0.3
"""Standard deviation, in the prior's, by which climbers leave the best molecules; without it every
ask would climb the same paths."""
STEP = 0.05
"""Length of a step, in the prior's standard deviation times sqrt(d), the prior's own radius."""
DECODED_AFTER = (2, 4, 8, 16)
"""Steps after which the climbers' latents are decoded."""
MARGIN = 2.0
"""Climbers stay within sqrt(d) + MARGIN standard deviations of the prior's mean: the norm of a
standard normal vector has a standard deviation of about 0.7 in any dimension."""
MAX_ATTEMPTS = 3


def require_heads(model: LatentModel, objectives: Sequence[Objective]) -> PropertyModel:
    """`model`, whose heads predict every objective.

    Raises:
        SpecError: they do not; the message names those there are.
    """
    heads = model.properties if isinstance(model, PropertyModel) else ()
    missing = [objective.name for objective in objectives if objective.name not in heads]
    if missing or not isinstance(model, PropertyModel):
        raise SpecError(
            f"method gradient climbs on the model's property heads, and this model has none for "
            f"{', '.join(missing)}; it has heads for: {', '.join(heads) or 'nothing'}",
            "/method",
        )
    return model


def propose_by_gradient(
    problem: Problem, num_molecules: int, generator: torch.Generator
) -> Proposal:
    """Decodes from paths of steepest ascent, the ones of highest predicted utility.

    Climbers start at the latents of the best molecules and at prior samples, walk in steps of
    fixed length and are decoded on the way. What is new is ranked by the heads at the *re-encoded*
    latent. What is missing when the attempts end is from the prior.

    Raises:
        SpecError: the model has no head for an objective.
    """
    climb = _Climb.of(problem)
    found = Screened()
    for _ in range(MAX_ATTEMPTS):
        if len(found.kept) >= num_molecules:
            break
        latents = climb.paths(_starts(problem, climb.scale, num_molecules, generator))
        found += screen(latents, problem, "gradient", problem.known | found.keys)
    chosen = climb.ranked(found.kept)[:num_molecules]
    missing = num_molecules - len(chosen)
    filled = sample_prior(problem, missing, generator, problem.known | found.keys)
    return Proposal(
        (*chosen, *filled.kept), found.refused + filled.refused, found.decodes + filled.decodes
    )


def _starts(
    problem: Problem, scale: LatentScale, num_molecules: int, generator: torch.Generator
) -> Tensor:
    """`n x d` latents to climb from."""
    ranked = sorted(
        (-utility, trial.number, trial.latent)
        for trial, utility in zip(problem.trials, problem.utilities, strict=True)
        if utility is not None and trial.feasible and trial.latent is not None
    )
    best = [latent for _, _, latent in ranked[: NUM_STARTS * num_molecules // 2]]
    others = problem.model.sample_prior(NUM_STARTS * num_molecules - len(best), generator)
    near = torch.tensor(best, dtype=torch.float).reshape(-1, others.shape[1])
    noise = torch.randn(near.shape, generator=generator) * JITTER * scale.sd
    return torch.cat([near + noise.float(), others])


@dataclass(frozen=True)
class _Climb:
    """Ascent of the utility that a model's heads predict."""

    model: PropertyModel
    scale: LatentScale
    scalarization: Scalarization

    @classmethod
    def of(cls, problem: Problem) -> Self:
        heads = require_heads(problem.model, problem.scalarization.objectives)
        return cls(heads, LatentScale.of(problem.model), problem.scalarization)

    def paths(self, starts: Tensor) -> Tensor:
        """`k n x d` latents on the ways up from `n x d` ones, `k` of each."""
        centre, sd = self.scale.mean.float(), self.scale.sd.float()
        root = math.sqrt(starts.shape[1])
        points = (starts - centre) / sd
        passed = []
        for step in range(1, max(DECODED_AFTER) + 1):
            slope = self._slope(points * sd + centre) * sd
            points = points + STEP * root * torch.nn.functional.normalize(slope)
            points = points.renorm(2, 0, root + MARGIN)
            if step in DECODED_AFTER:
                passed.append(points * sd + centre)
        return torch.cat(passed)

    def ranked(self, drafts: Sequence[Draft]) -> list[Draft]:
        """By predicted utility at the re-encoded latents, best first; of equals the earlier."""
        if not drafts:
            return []
        with torch.no_grad():
            predicted = self._utilities(torch.tensor([draft.latent for draft in drafts]))
        order = predicted.argsort(descending=True, stable=True)
        return [drafts[place] for place in order.tolist()]

    def _slope(self, latents: Tensor) -> Tensor:
        """Gradient of the predicted utilities at `n x d` latents, same shape."""
        points = latents.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self._utilities(points).sum(), points)
        return slope

    def _utilities(self, latents: Tensor) -> Tensor:
        """`n`, predicted at `n x d` latents."""
        names = list(self.model.properties)
        columns = [names.index(objective.name) for objective in self.scalarization.objectives]
        return self.scalarization.utilities(self.model.predict(latents)[:, columns])
