"""What was known before a campaign began, as results to tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bayesopt.compounds import compound_key
from bayesopt.errors import ResultError
from bayesopt.objectives import Objective
from bayesopt.results import Result
from bayesopt.revision import is_asked
from bayesopt.trial import Trial, TrialStatus
from data.errors import MoleculeError
from data.molecules import parse


def by_compound(rows: Sequence[Result]) -> dict[int, Result]:
    """One result a compound, by the position of its first row; its other rows are replicates.

    Raises:
        ResultError: the first row whose SMILES cannot be read.
    """
    firsts: dict[str, int] = {}
    groups: dict[int, list[Result]] = defaultdict(list)
    for index, row in enumerate(rows):
        try:
            key = compound_key(parse(row.smiles or ""))
        except MoleculeError as error:
            raise ResultError(f"result {index}: {error}", index) from error
        groups[firsts.setdefault(key, index)].append(row)
    return {index: _joined(group) for index, group in groups.items()}


def _joined(rows: Sequence[Result]) -> Result:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.values.items():
            values[name] += value if isinstance(value, Sequence) else [value or 0.0]
    return Result(smiles=rows[0].smiles, values=values, source=rows[0].source)


def from_trials(
    trials: Iterable[Trial],
    then: Sequence[Objective],
    now: Sequence[Objective],
    source: str,
) -> tuple[Result, ...]:
    """What the evaluated `trials` of a campaign that wanted `then` tell one that wants `now`.

    The values of the objectives that both ask of the same oracle, or of the bench; `source` and the
    number of the trial say where each came from.
    """
    names = {objective.name for objective in now if is_asked(objective, then)}
    results = []
    for trial in trials:
        values = {
            name: seen.replicates or seen.value
            for name, seen in trial.values.items()
            if name in names
        }
        if trial.status is TrialStatus.EVALUATED and values:
            note = f"{source}, trial {trial.number}"
            results.append(Result(smiles=trial.smiles, values=values, source=note))
    return tuple(results)
