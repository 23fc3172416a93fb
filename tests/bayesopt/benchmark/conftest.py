from __future__ import annotations

import pytest

from bayesopt.benchmark import start
from bayesopt.benchmark.record import Call, RunRecord
from bayesopt.benchmark.tasks import Success, Task
from bayesopt.objectives import Objective
from tests.toys import library

LOGP = Task(
    "qed", "logP of toys", (Objective("logp"),), 24, num_start=4, reports=(8,), success=Success(9.0)
)
"""Under a registered name, so that the report knows it."""


@pytest.fixture(autouse=True)
def small_data_set(monkeypatch):
    """The toy's library in place of the data set, some of it twice, and a line no one can read."""
    lines = ["C1CC(", *library()[::8], *library()[:64:8]]
    monkeypatch.setattr(start, "split", lambda dataset, of: lines)


def record(utilities, budget=None, method="random", seed=0, task="qed", smiles=None, gains=None):
    names = smiles or list(library()[: len(utilities)])
    rows = gains or [(u,) if u is not None else () for u in utilities]
    calls = tuple(
        Call(name, tuple(row), utility, method)
        for name, row, utility in zip(names, rows, utilities, strict=True)
    )
    return RunRecord(
        task, method, seed, budget or len(utilities), 10, calls, 3.0, 6, 0, {"rdkit": "1"}
    )
