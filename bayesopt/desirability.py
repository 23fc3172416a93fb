"""Desirability curves: how good each value of an objective is, from 0 to 1, as points to join."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from bayesopt.errors import SpecError
from bayesopt.oracles import MAX_MAGNITUDE

Curve = tuple[tuple[float, float], ...]
"""Points `(x, y)`, x in the objective's unit and rising: straight lines between them, flat outside.

Source: Derringer and Suich, J. Qual. Technol. 12:214 (1980), doi:10.1080/00224065.1980.11980968,
whose one- and two-sided desirabilities are curves of two to four points.
"""


def check_curve(name: str, curve: Curve) -> None:
    """Nothing, for a curve that tells good values from bad.

    Raises:
        SpecError: fewer than two points, x that do not rise, y outside [0, 1], or all of them 0.
    """
    if len(curve) < 2:
        raise SpecError(f"{name}: a desirability curve needs two points or more", "/desirability")
    for index, (x, y) in enumerate(curve):
        if not math.isfinite(x) or abs(x) > MAX_MAGNITUDE:
            raise SpecError(
                f"{name}: x is {x}; at most {MAX_MAGNITUDE:g} is accepted",
                f"/desirability/{index}/x",
            )
        if not 0 <= y <= 1:
            raise SpecError(
                f"{name}: y is {y}; a desirability is between 0 and 1", f"/desirability/{index}/y"
            )
    for index, ((before, _), (x, _)) in enumerate(pairwise(curve), start=1):
        if x <= before:
            raise SpecError(
                f"{name}: x is {x} after {before}; it must rise from point to point",
                f"/desirability/{index}/x",
            )
    if not any(y for _, y in curve):
        raise SpecError(f"{name}: the curve is 0 everywhere; nothing is desired", "/desirability")


def on_curve(curve: Curve, values: Tensor) -> Tensor:
    """The desirability of `values`, any shape."""
    x, y = torch.tensor(curve, dtype=torch.double).mT.contiguous()
    inside = values.double().clamp(x[0], x[-1])
    right = torch.searchsorted(x, inside.detach().contiguous()).clamp(1, len(x) - 1)
    left = right - 1
    share = (inside - x[left]) / (x[right] - x[left])
    return torch.lerp(y[left], y[right], share).to(values)


def peak(curve: Curve, low: float, high: float) -> float:
    """The greatest desirability of any value from `low` to `high`, which may be infinite."""
    ends: list[float] = on_curve(curve, torch.tensor([low, high], dtype=torch.double)).tolist()
    return max(*ends, *(y for x, y in curve if low <= x <= high))


def curve_to_json(curve: Curve) -> list[dict[str, float]] | None:
    """Plain JSON data; None for no curve."""
    return [{"x": x, "y": y} for x, y in curve] or None


def curve_from_json(points: Sequence[Mapping[str, Any]] | None) -> Curve:
    """The curve that `curve_to_json` wrote; KeyError or TypeError where it is none."""
    return tuple((point["x"], point["y"]) for point in points or ())
