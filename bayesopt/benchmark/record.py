"""What one run leaves behind: its oracle calls in order, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import torch

from bayesopt.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Call:
    """One unique compound that an oracle was asked about."""

    smiles: str
    gains: tuple[float, ...]
    """`Objective.gain` of each value, `m`; empty where the oracle refused."""
    utility: float | None
    """None where the oracle refused or a constraint is broken."""
    method: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A finished run."""

    task: str
    method: str
    seed: int
    budget: int
    batch_size: int
    calls: tuple[Call, ...]
    seconds: float
    """Of asking: fit, propose and decode, without the oracles and the first ask."""
    asked: int
    """Molecules that the asks timed by `seconds` gave."""
    refused: int
    """Decodes and molecules on record that no oracle was asked about."""
    versions: Mapping[str, str]

    @classmethod
    def of(cls, campaign: Campaign, **members: Any) -> Self:  # noqa: ANN401
        """The record of a campaign that ended."""
        objectives = campaign.spec.objectives
        called = [
            Call(
                trial.smiles or "",
                tuple(float(o.gain(torch.tensor(trial.values[o.name].value))) for o in objectives)
                if trial.values.keys() >= {o.name for o in objectives}
                else (),
                utility if trial.feasible else None,
                trial.method,
            )
            for trial, utility in zip(campaign.trials, campaign.utilities, strict=True)
            if trial.values or trial.oracle_failed
        ]
        refused = len(campaign.trials) - len(called)
        return cls(calls=tuple(called), refused=refused, **members)

    def write(self, path: Path) -> None:
        """As JSON; the file appears whole or not at all."""
        write_json(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record that `write` wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        calls = tuple(Call(**c | {"gains": tuple(c["gains"])}) for c in data.pop("calls"))
        return cls(calls=calls, **data)


def read_all(folder: Path) -> Sequence[RunRecord]:
    """Every finished run of a folder, in the order of the files' names."""
    return [RunRecord.read(path) for path in sorted(folder.glob("*/*.json"))]


def write_json(path: Path, data: Any) -> None:  # noqa: ANN401
    """`data` in `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(data), encoding="utf-8")
    partial.replace(path)
