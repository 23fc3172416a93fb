"""Several objectives at once: which molecules no other beats, and how much they cover."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from bayesopt.objectives import Objective, Scalarization
from bayesopt.trial import Trial

MAX_OBJECTIVES = 4
"""An exact hypervolume costs exponentially more with every objective; beyond, none is given."""


def non_dominated(trials: Sequence[Trial], objectives: Sequence[Objective]) -> tuple[Trial, ...]:
    """The feasible trials that no other beats in one objective without losing in another."""
    feasible = [trial for trial in trials if trial.feasible]
    if not feasible:
        return ()
    best = on_front(_values(feasible, objectives), objectives)
    return tuple(trial for trial, is_best in zip(feasible, best.tolist(), strict=True) if is_best)


def on_front(values: Tensor, objectives: Sequence[Objective]) -> Tensor:
    """`n` booleans of `n x m` values, in the objectives' units: whether no other row beats it."""
    gains = torch.stack([o.gain(values[:, i]) for i, o in enumerate(objectives)], dim=-1)
    return is_non_dominated(gains, deduplicate=False)


def hypervolumes(
    trials: Sequence[Trial], objectives: Sequence[Objective]
) -> tuple[float, ...] | None:
    """After each feasible trial, in order, the share of the unit cube that is dominated so far.

    The coordinates are the desirabilities of `Scalarization`, clipped to [0, 1], the reference
    point 0. None for one objective, and for more than `MAX_OBJECTIVES`.
    """
    if not 2 <= len(objectives) <= MAX_OBJECTIVES:
        return None
    feasible = [trial for trial in trials if trial.feasible]
    if not feasible:
        return ()
    scalarization = Scalarization.fit(objectives, trials)
    points = scalarization.desirabilities(_values(feasible, objectives)).clamp(0, 1)
    measure = Hypervolume(ref_point=torch.zeros(len(objectives), dtype=torch.double))
    front, volume = points[:0], 0.0
    course: list[float] = []
    for point in points:
        if not bool((front >= point).all(-1).any()):
            front = torch.cat([front[~(front <= point).all(-1)], point.unsqueeze(0)])
            volume = float(measure.compute(front))
        course.append(volume)
    return tuple(course)


def _values(trials: Sequence[Trial], objectives: Sequence[Objective]) -> Tensor:
    """`n x m`, in the objectives' units."""
    rows = [[trial.values[o.name].value for o in objectives] for trial in trials]
    return torch.tensor(rows, dtype=torch.double)
