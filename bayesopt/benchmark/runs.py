"""One run: a campaign in a closed loop, which may be interrupted at any moment and goes on."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

from bayesopt.benchmark.record import RunRecord, write_json
from bayesopt.benchmark.start import random_molecules, start_molecules
from bayesopt.benchmark.tasks import Task
from bayesopt.campaign import Campaign
from bayesopt.compounds import compound_key
from bayesopt.errors import RecordError, SpecError, nearest_known
from bayesopt.latent_model import LatentModel
from bayesopt.spec import CampaignSpec
from bayesopt.trial import SearchMethod
from data.molecules import parse

DATASET_METHOD = "zinc"
BenchmarkMethod = SearchMethod | Literal["zinc"]
"""A campaign's method, or `zinc`: random molecules of the data set, which know no model."""

METHODS: tuple[str, ...] = (*get_args(SearchMethod), DATASET_METHOD)

TUNED = "+tuned"
"""In a run's label, between the method and the molecules after which its decoder is tuned again."""

Tick = Callable[[int, int], None]
"""Told after every ask how many calls were made, and how many there will be at most."""


@dataclass(frozen=True, slots=True)
class Run:
    """Which campaign: a task, a method, a seed."""

    task: Task
    method: str
    seed: int
    dataset: str = "zinc250k"
    batch_size: int = 10
    fine_tune_every: int | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise SpecError(f"no method {self.method!r}: {nearest_known(self.method, METHODS)}")

    @property
    def label(self) -> str:
        """The method as tables name it."""
        return f"{self.method}{TUNED}{self.fine_tune_every}" if self.is_tuned else self.method

    @property
    def is_tuned(self) -> bool:
        """Whether a decoder is tuned; the data set has none."""
        return self.fine_tune_every is not None and self.method != DATASET_METHOD

    def path(self, folder: Path) -> Path:
        """Its file in `folder`; runs of other budgets or batch sizes are other runs."""
        name = f"{self.label}-n{self.task.budget}-q{self.batch_size}-seed{self.seed}.json"
        return folder / self.task.name / name

    def spec(self) -> CampaignSpec:
        """The campaign's settings.

        Raises:
            data.errors.DataError: the data set cannot be read.
        """
        start = start_molecules(self.task, self.dataset, self.seed)
        spec = self.task.spec(start, self.seed, self.batch_size)
        if self.method != DATASET_METHOD:
            return replace(
                spec,
                method=self.method,  # type: ignore[arg-type]
                fine_tune_every=self.fine_tune_every,
            )
        known = {compound_key(parse(smiles)) for smiles in start}
        # Another order than the start's: as many start molecules would come again at its head.
        others = random_molecules(self.dataset, "train", 10**6 + self.seed, spec.constraints)
        new = (smiles for smiles in others if compound_key(parse(smiles)) not in known)
        drawn = tuple(islice(new, self.task.budget - len(start)))
        return replace(spec, initial_smiles=start + drawn, method="random")


@dataclass(slots=True)
class _Clock:
    """What the asks cost so far; the first, of the start molecules, is left out."""

    seconds: float = 0.0
    asked: int = 0


@dataclass
class Runner:
    """Runs, each kept in a file of `folder`; finished ones are never run again."""

    model: LatentModel
    folder: Path
    tick: Tick = field(default=lambda _done, _total: None)

    def run(self, run: Run) -> RunRecord:
        """The finished run, from its file if there is one; an interrupted one is resumed.

        Raises:
            SpecError: the method cannot run this task on this model.
            RecordError: the run in the file was made with another model.
        """
        path = run.path(self.folder)
        if path.exists():
            return self._of_this_model(RunRecord.read(path), path)
        partial = path.with_suffix(".partial")
        campaign, clock = self._begun(run, partial)
        while not (campaign.finished or campaign.exhausted or _succeeded(campaign, run.task)):
            self._ask(campaign, clock)
            campaign.evaluate()
            write_json(partial, {"campaign": campaign.to_dict(), "clock": asdict(clock)})
            self.tick(campaign.num_evaluations, run.task.budget)
        record = RunRecord.of(
            campaign,
            task=run.task.name,
            method=run.label,
            seed=run.seed,
            budget=run.task.budget,
            batch_size=run.batch_size,
            seconds=clock.seconds,
            asked=clock.asked,
            versions=_versions(self.model),
        )
        record.write(path)
        partial.unlink(missing_ok=True)
        return record

    def _of_this_model(self, record: RunRecord, path: Path) -> RunRecord:
        if record.versions["model"] != self.model.fingerprint:
            raise RecordError(
                f"{path} was run with model {record.versions['model']}, not "
                f"{self.model.fingerprint}; choose another folder"
            )
        return record

    def _begun(self, run: Run, partial: Path) -> tuple[Campaign, _Clock]:
        if not partial.exists():
            return Campaign(run.spec(), self.model), _Clock()
        data = json.loads(partial.read_text(encoding="utf-8"))
        return Campaign.from_dict(data["campaign"], self.model), _Clock(**data["clock"])

    @staticmethod
    def _ask(campaign: Campaign, clock: _Clock) -> None:
        first = not campaign.trials
        before = time.perf_counter()
        asked = campaign.ask()
        if not first:
            clock.seconds += time.perf_counter() - before
            clock.asked += sum(trial.open for trial in asked)


def order(label: str) -> tuple[int, str]:
    """Sorts runs' labels: methods as they are registered, the untuned before the tuned."""
    return METHODS.index(label.partition(TUNED)[0]), label


def _succeeded(campaign: Campaign, task: Task) -> bool:
    if task.success is None:
        return False
    best = campaign.best(task.success.num_molecules)
    reached = [t for t in best if (campaign.utility(t) or 0.0) >= task.success.utility]
    return len(reached) == task.success.num_molecules


def _versions(model: LatentModel) -> dict[str, str]:
    packages = {name: version(name) for name in ("rdkit", "torch", "botorch", "cma")}
    return packages | {"python": platform.python_version(), "model": model.fingerprint}
