"""The last step of `auto`: which of the molecules found are worth an evaluation together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.logei import qLogExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.optim.optimize import optimize_acqf_discrete
from botorch.sampling.normal import SobolQMCNormalSampler
from torch import Tensor

from bayesopt.proposers.proposal import Draft, Problem
from bayesopt.surrogates.surrogate import Surrogate
from bayesopt.surrogates.tabulated import TabulatedModel
from bayesopt.surrogates.utility import DesirabilityObjective
from bayesopt.trial import Method, Prediction, Trial

NUM_POSTERIOR_SAMPLES = 128
"""Quasi-Monte-Carlo samples behind the acquisition function."""

EXACT_OBJECTIVES = 4
"""Up to which a hypervolume is split into exact boxes."""

FOUND: Mapping[Method, str] = {
    "trust_region": "near the best molecule in the latent space",
    "crossover": "between two of the best molecules in the latent space",
    "genetic": "by breeding some of the better molecules",
    "prior": "among the model's own samples",
}
"""Where a candidate comes from, in the words of `Draft.why`."""


def choose_batch(
    problem: Problem,
    surrogate: Surrogate,
    drafts: tuple[Draft, ...],
    num_molecules: int,
    generator: torch.Generator,
) -> tuple[Draft, ...]:
    """Up to `num_molecules` of `drafts`, in the order they were picked, each with its prediction.

    qLogEI (Ament et al., NeurIPS 2023) of the utility, or where a Pareto front is wanted qLogNEHVI
    (Daulton et al., NeurIPS 2021) of the desirabilities, greedily one molecule after the other:
    each conditioned on those before and on the trials still open, and weighted by the chance that
    it comes to anything where failures have taught one.
    """
    if not drafts or num_molecules == 0:
        return ()
    rows = surrogate.space.rows([d.smiles for d in drafts], [d.latent for d in drafts])
    acquisition, choices = _acquisition(problem, surrogate, rows, generator)
    q = min(num_molecules, len(drafts))
    with torch.no_grad():
        alone = acquisition(choices.unsqueeze(-2)).exp()
    batch, _ = optimize_acqf_discrete(acquisition, q=q, choices=choices)
    mean, sd = surrogate.utility(rows)
    places = choices.tolist()
    picked = [places.index(choice) for choice in batch.reshape(q, -1).tolist()]
    predictions = [Prediction(float(mean[i]), float(sd[i]), float(alone[i])) for i in picked]
    return tuple(
        replace(drafts[i], prediction=prediction, why=_why(drafts[i], prediction))
        for i, prediction in zip(picked, predictions, strict=True)
    )


def _why(draft: Draft, prediction: Prediction) -> str:
    return (
        f"It was found {FOUND[draft.method]}; of {prediction.mean:.3g} +- {prediction.sd:.2g} "
        "expected, it promises the most beside those chosen before it."
    )


def _acquisition(
    problem: Problem, surrogate: Surrogate, rows: Tensor, generator: torch.Generator
) -> tuple[AcquisitionFunction, Tensor]:
    """The acquisition function, and the candidates' `rows` as its own choices, `n x k`."""
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    sampler = SobolQMCNormalSampler(torch.Size([NUM_POSTERIOR_SAMPLES]), seed=seed)
    open_trials = [trial for trial in problem.trials if trial.open and trial.smiles is not None]
    pending = _rows(surrogate, open_trials)
    scalarization = problem.scalarization
    if scalarization.method == "pareto" and len(scalarization.objectives) > 1:
        front = qLogNoisyExpectedHypervolumeImprovement(
            surrogate.model,
            ref_point=[0.0] * len(scalarization.objectives),
            X_baseline=_rows(surrogate, [trial for trial in problem.trials if trial.feasible]),
            sampler=sampler,
            objective=DesirabilityObjective(scalarization),
            constraints=surrogate.constraints,
            X_pending=pending if open_trials else None,
            prune_baseline=True,
            # Its approximation keeps the boxes few: exact ones grow exponentially with objectives.
            alpha=0.0 if len(scalarization.objectives) <= EXACT_OBJECTIVES else 1e-3,
        )
        return front, rows
    places = torch.arange(len(rows) + len(pending), dtype=rows.dtype).unsqueeze(-1)
    improvement = qLogExpectedImprovement(
        TabulatedModel(surrogate.outputs, torch.cat([rows, pending])),
        best_f=_incumbent(problem, surrogate),
        sampler=sampler,
        objective=surrogate.objective,
        constraints=surrogate.constraints,
        X_pending=places[len(rows) :] if open_trials else None,
    )
    return improvement, places[: len(rows)]


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
