"""Other objectives or constraints in the middle of a campaign: what is stored is judged anew.

Another scalarization changes no trial, only the utilities, which no trial keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bayesopt.compounds import broken_constraint, encode_means
from bayesopt.evaluation import evaluated
from bayesopt.latent_model import LatentModel
from bayesopt.objectives import Objective
from bayesopt.oracles import is_computed
from bayesopt.results import settled
from bayesopt.spec import CampaignSpec
from bayesopt.trial import NO_BUDGET, NOT_ENCODABLE, ORACLE_ERROR, Trial, TrialStatus
from data.molecules import parse

WHY_REVIVED = "It had been found before, and meets the constraints since they were changed."

ENDED = (TrialStatus.ABANDONED, TrialStatus.WITHDRAWN)


def revised(
    trials: Sequence[Trial], before: CampaignSpec, after: CampaignSpec, model: LatentModel
) -> tuple[Trial, ...]:
    """All of `trials`, made under `before`, as `after` judges them.

    - A told value is kept, wanted now or not. A computed one is kept if both ask the same oracle
      with the same parameters; objectives that are new are computed for every molecule that is
      open or was evaluated.
    - An evaluated molecule is judged by the constraints of now, both ways. A suggestion that breaks
      one and still lacks a value becomes infeasible; a molecule that the user brought does not.
    - A molecule refused for a constraint that it meets now is pending, the earliest first, as far
      as the budget of `after` goes.
    - Abandoned and withdrawn trials stay what they are.
    """
    kept = {o.name for o in after.objectives if is_asked(o, before.objectives)}
    judged = [_judged(_pruned(trial, kept), after, kept) for trial in trials]
    revived = _revived(judged, after.max_evaluations, model)
    computed = {trial.number: trial for trial in evaluated(revived, after.objectives)}
    return tuple(_closed(computed.get(trial.number, trial)) for trial in revived)


def is_asked(objective: Objective, others: Sequence[Objective]) -> bool:
    """Whether one of `others` has its values from the same place, whatever is wanted of them."""
    return any(
        (o.name, o.source, o.parameters) == (objective.name, objective.source, objective.parameters)
        for o in others
    )


def _pruned(trial: Trial, kept: set[str]) -> Trial:
    """`trial` without what was computed for another question."""
    values = {
        name: seen
        for name, seen in trial.values.items()
        if name in kept or not is_computed(seen.source)
    }
    return replace(trial, values=values)


def _judged(trial: Trial, spec: CampaignSpec, kept: set[str]) -> Trial:
    """`trial` with the status and reason of now.

    One that was refused and is allowed now stays infeasible without a reason, for `_revived`.
    """
    reason = trial.reason or ""
    same_error = any(reason.startswith(f"{ORACLE_ERROR}: {name}:") for name in kept)
    if trial.smiles is None or trial.status in ENDED:
        return trial
    if (trial.oracle_failed and same_error) or reason.startswith(NOT_ENCODABLE):
        return trial
    was_refused = trial.status is TrialStatus.INFEASIBLE and not trial.oracle_failed
    judged = replace(trial, reason=broken_constraint(parse(trial.smiles), spec.constraints))
    if was_refused and not trial.values:
        return judged
    now = settled(judged, spec.objectives)
    return _closed(now) if now.status is TrialStatus.PENDING else now


def _revived(
    trials: Sequence[Trial], max_evaluations: int | None, model: LatentModel
) -> list[Trial]:
    """`trials` with those that are allowed now pending, or with the reason why they are not."""
    allowed = [t for t in trials if t.status is TrialStatus.INFEASIBLE and t.reason is None]
    after = {trial.number: trial for trial in trials}
    spent = sum(trial.costs for trial in trials)
    means = encode_means(model, [trial.smiles or "" for trial in allowed])
    for trial, mean in zip(allowed, means, strict=True):
        if mean is None:
            now = replace(trial, reason=f"{NOT_ENCODABLE}: {trial.smiles}")
        elif max_evaluations is not None and spent >= max_evaluations:
            now = replace(trial, reason=f"{NO_BUDGET}: every constraint is met now")
        else:
            now = replace(
                trial, latent=mean, status=TrialStatus.PENDING, why=trial.why or WHY_REVIVED
            )
            spent += 1
        after[trial.number] = now
    return list(after.values())


def _closed(trial: Trial) -> Trial:
    """`trial`, infeasible if it is a suggestion that still lacks values and breaks a constraint."""
    if trial.open and trial.reason is not None and not trial.brought:
        return replace(trial, status=TrialStatus.INFEASIBLE)
    return trial
