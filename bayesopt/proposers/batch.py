"""The last step of `auto`: which of the molecules found are worth an evaluation together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.logei import qLogExpectedImprovement
from botorch.optim.optimize import optimize_acqf_discrete
from botorch.sampling.normal import SobolQMCNormalSampler
from torch import Tensor

from bayesopt.proposers.proposal import Draft, Problem
from bayesopt.surrogates.surrogate import Surrogate
from bayesopt.trial import Prediction, Trial

NUM_POSTERIOR_SAMPLES = 128
"""Quasi-Monte-Carlo samples behind the acquisition function."""


def choose_batch(
    problem: Problem,
    surrogate: Surrogate,
    drafts: tuple[Draft, ...],
    num_molecules: int,
    generator: torch.Generator,
) -> tuple[Draft, ...]:
    """Up to `num_molecules` of `drafts`, in the order they were picked, each with its prediction.

    qLogEI (Ament et al., NeurIPS 2023) of the utility, greedily one molecule after the other, each
    conditioned on those before and on the trials still open, and weighted by the chance that it
    comes to anything where failures have taught one.
    """
    if not drafts:
        return ()
    rows = surrogate.space.rows([d.smiles for d in drafts], [d.latent for d in drafts])
    acquisition = _acquisition(problem, surrogate, generator)
    q = min(num_molecules, len(drafts))
    with torch.no_grad():
        alone = acquisition(rows.unsqueeze(-2)).exp()
    batch, _ = optimize_acqf_discrete(acquisition, q=q, choices=rows)
    mean, sd = surrogate.utility(rows)
    places = rows[:, -1].tolist()
    picked = [places.index(place) for place in batch.reshape(q, -1)[:, -1].tolist()]
    return tuple(
        replace(drafts[i], prediction=Prediction(float(mean[i]), float(sd[i]), float(alone[i])))
        for i in picked
    )


def _acquisition(
    problem: Problem, surrogate: Surrogate, generator: torch.Generator
) -> AcquisitionFunction:
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    pending = [trial for trial in problem.trials if trial.open and trial.smiles is not None]
    return qLogExpectedImprovement(
        surrogate.model,
        best_f=_incumbent(problem, surrogate),
        sampler=SobolQMCNormalSampler(torch.Size([NUM_POSTERIOR_SAMPLES]), seed=seed),
        objective=surrogate.objective,
        constraints=surrogate.constraints,
        X_pending=_rows(surrogate, pending) if pending else None,
    )


def _incumbent(problem: Problem, surrogate: Surrogate) -> float:
    """Highest expected utility of a feasible molecule.

    Unlike the highest value seen, it is not fooled by a lucky measurement; without noise the two
    agree.
    """
    rows = _rows(surrogate, [trial for trial in problem.trials if trial.feasible])
    mean, _ = surrogate.utility(rows)
    return float(mean.max())


def _rows(surrogate: Surrogate, trials: Sequence[Trial]) -> Tensor:
    return surrogate.space.rows([t.smiles for t in trials], [t.latent for t in trials])
