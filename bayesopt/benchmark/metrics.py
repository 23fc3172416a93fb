"""Numbers and curves of a finished run; `c` is its budget in oracle calls."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated
from numpy.typing import NDArray

from bayesopt.benchmark.record import Call, RunRecord
from bayesopt.benchmark.tasks import Success
from data.filters import alerts
from data.molecules import parse

Curve = NDArray[np.float64]

TOP = 10
"""Molecules that count as the best of a run."""
HYPERVOLUME_POINTS = 25
"""Numbers of calls, evenly spread, at which the hypervolume is computed; between them it holds."""


def best_curve(record: RunRecord) -> Curve:
    """Highest utility within 1, 2, ..., `c` calls, NaN before the first feasible molecule."""
    return _padded([best[0] if best else math.nan for best in _tops(record, 1)], record.budget)


def top_auc(record: RunRecord) -> float:
    """Mean over `c` calls of the mean utility of the ten best so far, in units of the utility.

    The area under that curve over its length, which PMO (Gao et al., NeurIPS 2022, section 3.2)
    uses with utilities in [0, 1]. A run that ended early keeps its last value.
    """
    means = [sum(top) / len(top) if top else math.nan for top in _tops(record, TOP)]
    return float(np.nanmean(_padded(means, record.budget)))


def hypervolume_curve(record: RunRecord, reference: Sequence[float]) -> Curve:
    """Volume, within 1, ..., `c` calls, of the gains that feasible molecules dominate.

    Measured from `reference` (`m`), by BoTorch, in the product of the objectives' units.
    """
    measure = Hypervolume(torch.tensor(reference, dtype=torch.double))
    marks = np.linspace(0, len(record.calls), HYPERVOLUME_POINTS + 1).round().astype(int).tolist()
    curve: list[float] = []
    for start, end in pairwise(marks):
        gains = [call.gains for call in record.calls[:end] if call.utility is not None]
        points = torch.tensor(gains, dtype=torch.double).reshape(len(gains), len(reference))
        volume = measure.compute(points[is_non_dominated(points)]) if gains else 0.0
        # What a stretch of calls found counts from its end on, so no call is credited early.
        curve += [curve[-1] if curve else 0.0] * (end - start - 1) + [volume] * (end > start)
    return _padded(curve, record.budget)


def calls_to(record: RunRecord, success: Success) -> float:
    """Calls until the success; infinity without one."""
    reached = 0
    for number, call in enumerate(record.calls, start=1):
        reached += call.utility is not None and call.utility >= success.utility
        if reached == success.num_molecules:
            return number
    return math.inf


def best_calls(record: RunRecord) -> list[Call]:
    """The ten feasible molecules of highest utility, best first; of equals the earlier."""
    feasible = [call for call in record.calls if call.utility is not None]
    return sorted(feasible, key=lambda call: -(call.utility or 0.0))[:TOP]


def alert_pass_rate(record: RunRecord) -> float:
    """Share of the ten best without a PAINS or BRENK alert; NaN where there are none."""
    best = best_calls(record)
    passed = sum(not alerts(parse(call.smiles)) for call in best)
    return passed / len(best) if best else math.nan


def largest(record: RunRecord) -> float:
    """Heavy atoms of the largest of the ten best; NaN where there are none."""
    best = best_calls(record)
    return max((float(parse(c.smiles).GetNumHeavyAtoms()) for c in best), default=math.nan)


def seconds_per_call(record: RunRecord) -> float:
    """Of fit, propose and decode, the oracle left out; NaN where nothing was asked."""
    return record.seconds / record.asked if record.asked else math.nan


def _tops(record: RunRecord, k: int) -> list[list[float]]:
    """The `k` highest utilities, in no order but the lowest first, after each call."""
    heap: list[float] = []
    tops = []
    for call in record.calls:
        if call.utility is not None:
            (heapq.heappush if len(heap) < k else heapq.heappushpop)(heap, call.utility)
        tops.append(list(heap))
    return tops


def _padded(values: Sequence[float], length: int) -> Curve:
    """`values` with the last repeated up to `length`."""
    last = values[-1] if values else math.nan
    return np.array([*values, *[last] * (length - len(values))], dtype=np.float64)
