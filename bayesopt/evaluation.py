"""Run the computed objectives on the trials that still lack them, and check that they can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from bayesopt.oracles import MEASURED
from bayesopt.oracles.answers import safe_answers
from bayesopt.oracles.function import FunctionOracle
from bayesopt.results import settled
from bayesopt.trial import ORACLE_ERROR, Observation, Trial, TrialStatus
from data.errors import Refusal


def evaluated(trials: Sequence[Trial], objectives: Sequence[Objective]) -> tuple[Trial, ...]:
    """The open trials that computed objectives change, in order.

    A trial an oracle refuses becomes infeasible with the oracle's reason, as does one whose oracle
    raises or answers something else than numbers; the values it already has are kept. A value told
    by the user is never computed over.
    """
    before = [trial for trial in trials if trial.open and trial.smiles is not None]
    after = {trial.number: trial for trial in before}
    for objective in objectives:
        if objective.source == MEASURED:
            continue
        due = [t for t in after.values() if t.open and objective.name not in t.values]
        answers = safe_answers([trial.smiles or "" for trial in due], objective.oracle())
        for trial, answer in zip(due, answers, strict=True):
            after[trial.number] = _with(trial, objective, answer)
    done = (t if not t.open else settled(t, objectives) for t in after.values())
    return tuple(t for t, old in zip(done, before, strict=True) if t != old)


def check_functions(objectives: Sequence[Objective]) -> None:
    """Import every user's function among `objectives`, each in its own process.

    Raises:
        SpecError: the first that cannot be loaded, with its pointer from the whole.
    """
    for index, objective in enumerate(objectives):
        oracle = None if objective.source == MEASURED else objective.oracle()
        if isinstance(oracle, FunctionOracle):
            try:
                oracle.check_loads()
            except SpecError as error:
                raise error.within(f"/objectives/{index}") from None


def _with(trial: Trial, objective: Objective, answer: float | Refusal) -> Trial:
    name = objective.name
    if isinstance(answer, Refusal):
        reason = f"{ORACLE_ERROR}: {name}: {answer.message}"
        return replace(trial, status=TrialStatus.INFEASIBLE, reason=reason)
    return replace(trial, values={**trial.values, name: Observation(answer, objective.source)})
