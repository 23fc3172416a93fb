"""Tell: values from the bench, for any molecule, written into the record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bayesopt.compounds import broken_constraint, compound_key, encode_means
from bayesopt.errors import ResultError, nearest_known
from bayesopt.latent_model import LatentModel
from bayesopt.objectives import MAX_MAGNITUDE, Objective
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Observation, Trial, TrialStatus
from data.errors import MoleculeError
from data.molecules import canonical_smiles, parse

WHY_TOLD = "Values of it were told, though it had not been suggested."


@dataclass(frozen=True, slots=True)
class Result:
    """What was learnt of one molecule, named by its trial, its SMILES or both."""

    trial: int | None = None
    smiles: str | None = None
    values: Mapping[str, float | Sequence[float] | None] = field(default_factory=dict)
    """By objective, in its unit; as many as are known. Several numbers are the replicates of one
    measurement; None takes back the value told before."""
    status: Literal["abandoned", "withdrawn"] | None = None
    reason: str | None = None
    """Why it was abandoned or withdrawn."""
    source: str = "measured"


def settled(trial: Trial, objectives: Sequence[Objective]) -> Trial:
    """`trial` with the status that its values give it; its reason is left alone."""
    names = {objective.name for objective in objectives}
    known = names & trial.values.keys()
    if not known:
        return replace(trial, status=TrialStatus.PENDING)
    status = TrialStatus.EVALUATED if known == names else TrialStatus.PARTIAL
    return replace(trial, status=status)


def record(
    trials: Sequence[Trial], results: Sequence[Result], spec: CampaignSpec, model: LatentModel
) -> tuple[Trial, ...]:
    """The trials that `results` changes or adds, in order of their numbers; all or nothing.

    A value told again replaces the first; a trial that was withdrawn starts over. A molecule the
    campaign has not met becomes a trial of its own (`told`), with latent None if the model cannot
    encode it.

    Raises:
        ResultError: the first result that is refused.
    """
    state = list(trials)
    numbers = {trial.inchi_key: trial.number for trial in trials if trial.inchi_key is not None}
    changed: set[int] = set()
    for index, result in enumerate(results):
        try:
            number = _resolve(result, state, numbers)
            state[number] = _applied(state[number], result, spec)
        except (MoleculeError, ValueError) as error:
            raise ResultError(f"result {index}: {error}", index) from error
        changed.add(number)
    added = state[len(trials) :]
    means = encode_means(model, [trial.smiles or "" for trial in added])
    state[len(trials) :] = [
        replace(trial, latent=mean) for trial, mean in zip(added, means, strict=True)
    ]
    return tuple(state[number] for number in sorted(changed))


def _resolve(result: Result, state: list[Trial], numbers: dict[str, int]) -> int:
    """The number of the trial meant; appended to `state` where the molecule is new."""
    key = None if result.smiles is None else compound_key(parse(result.smiles))
    if result.trial is not None:
        if not 0 <= result.trial < len(state):
            raise ValueError(f"there is no trial {result.trial}; the last is {len(state) - 1}")
        if state[result.trial].smiles is None:
            raise ValueError(f"trial {result.trial} has no molecule: {state[result.trial].reason}")
        if key not in (None, state[result.trial].inchi_key):
            raise ValueError(f"trial {result.trial} is not the molecule {result.smiles}")
        return result.trial
    if result.smiles is None or key is None:
        raise ValueError("a result names its molecule by trial or by smiles")
    if key not in numbers:
        numbers[key] = len(state)
        state.append(
            Trial(
                number=len(state),
                iteration=max((trial.iteration for trial in state), default=0),
                status=TrialStatus.PENDING,
                method="told",
                smiles=canonical_smiles(result.smiles),
                inchi_key=key,
                why=WHY_TOLD,
            )
        )
    return numbers[key]


def _applied(trial: Trial, result: Result, spec: CampaignSpec) -> Trial:
    """`trial` after `result`."""
    for name, value in result.values.items():
        _check(name, value, spec)
    if result.status == "withdrawn":
        if result.values:
            raise ValueError("a withdrawn result takes no values")
        return replace(trial, status=TrialStatus.WITHDRAWN, values={}, reason=result.reason)
    told = {
        name: Observation.of(value, result.source)
        for name, value in result.values.items()
        if value is not None
    }
    kept = {name: seen for name, seen in trial.values.items() if name not in result.values}
    if result.status == "abandoned":
        return replace(
            trial,
            status=TrialStatus.ABANDONED,
            values={**kept, **told},
            reason=result.reason or "no reason given",
        )
    if result.status is not None:
        raise ValueError(f"status {result.status!r}; give abandoned, withdrawn or none")
    if not result.values:
        raise ValueError("neither a value nor a status is given")
    if not told:
        return _taken_back(replace(trial, values=kept), spec)
    reason = broken_constraint(parse(trial.smiles or ""), spec.constraints)
    return settled(replace(trial, values={**kept, **told}, reason=reason), spec.objectives)


def _taken_back(trial: Trial, spec: CampaignSpec) -> Trial:
    """`trial` without some values: open again, unless it has met an end of its own."""
    if not trial.open and trial.status is not TrialStatus.EVALUATED:
        return trial
    left = settled(trial, spec.objectives)
    if left.values or left.brought or left.reason is None:
        return left
    return replace(left, status=TrialStatus.INFEASIBLE)


def _check(name: str, measured: float | Sequence[float] | None, spec: CampaignSpec) -> None:
    names = [objective.name for objective in spec.objectives]
    if name not in names:
        raise ValueError(f"no objective {name!r}: {nearest_known(name, names)}")
    if measured is None:
        return
    for value in measured if isinstance(measured, Sequence) else (measured,):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}; leave out what was not measured")
        if abs(value) > MAX_MAGNITUDE:
            raise ValueError(f"{name} is {value}; at most {MAX_MAGNITUDE:g} is accepted")
