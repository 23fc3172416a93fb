"""What no molecule can be: settings that each make sense, and together allow nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rdkit import Chem

from bayesopt.constraints import Constraint, PropertyWindow, Substructure
from bayesopt.desirability import peak
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from bayesopt.oracles import COMPUTED, MEASURED
from data.filters import smarts_pattern

Window = tuple[float, float]
"""Least and greatest value, either of which may be infinite."""

ANY: Window = (-math.inf, math.inf)


def check_consistent(objectives: Sequence[Objective], constraints: Sequence[Constraint]) -> None:
    """Nothing, unless some objective or constraint makes another one vain.

    Raises:
        SpecError: two windows of one property without a common value, a substructure both required
            and forbidden, a target or a curve without a value that may be had.
    """
    _check_substructures(constraints)
    windows = _windows(constraints)
    for index, objective in enumerate(objectives):
        possible = _possible(objective)
        _check_reach(objective, possible, "any molecule can have", index)
        if objective.source == COMPUTED:
            low, high = windows.get(objective.name, ANY)
            allowed = max(low, possible[0]), min(high, possible[1])
            _check_reach(objective, allowed, "the constraints allow", index)


def _windows(constraints: Sequence[Constraint]) -> dict[str, Window]:
    """By property, the values that all of its windows allow."""
    windows: dict[str, Window] = {}
    for index, window in enumerate(constraints):
        if not isinstance(window, PropertyWindow):
            continue
        low, high = windows.get(window.property, ANY)
        both = (
            low if window.min is None else max(low, window.min),
            high if window.max is None else min(high, window.max),
        )
        if both[0] > both[1]:
            raise SpecError(
                f"{window.property}: one constraint wants at least {both[0]:g}, another at most "
                f"{both[1]:g}; no molecule meets both",
                f"/constraints/{index}",
            )
        windows[window.property] = both
    return windows


def _check_substructures(constraints: Sequence[Constraint]) -> None:
    wanted: dict[str, bool] = {}
    for index, constraint in enumerate(constraints):
        if not isinstance(constraint, Substructure):
            continue
        pattern = Chem.MolToSmarts(smarts_pattern(constraint.smarts))
        if wanted.setdefault(pattern, constraint.required) != constraint.required:
            raise SpecError(
                f"substructure {constraint.smarts} is both required and forbidden; "
                "no molecule meets both",
                f"/constraints/{index}",
            )


def _possible(objective: Objective) -> Window:
    if objective.source == MEASURED:
        return ANY
    spec = objective.oracle().spec
    return (
        -math.inf if spec.minimum is None else spec.minimum,
        math.inf if spec.maximum is None else spec.maximum,
    )


def _check_reach(objective: Objective, window: Window, whose: str, index: int) -> None:
    low, high = window
    span = f"the values that {whose} are {low:g} to {high:g}"
    if objective.target is not None:
        distance = max(low - objective.target, objective.target - high)
        if distance > objective.tolerance:
            raise SpecError(
                f"{objective.name}: the target {objective.target:g} is out of reach; {span}",
                f"/objectives/{index}/target",
            )
    if objective.desirability and peak(objective.desirability, low, high) == 0:
        raise SpecError(
            f"{objective.name}: its desirability is 0 at every value; {span}",
            f"/objectives/{index}/desirability",
        )
