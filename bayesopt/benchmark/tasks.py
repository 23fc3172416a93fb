"""What is measured, as frozen data: the campaign, its start and the metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bayesopt.constraints import Constraint, PropertyWindow, SimilarTo
from bayesopt.errors import SpecError, nearest_known
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec

MAX_HEAVY_ATOMS = 38
"""ZINC250k's largest molecules; penalised logP without a cap only measures who builds longest."""


@dataclass(frozen=True)
class Success:
    """So many distinct molecules of a utility, which end a run before its budget is spent."""

    utility: float
    num_molecules: int = 1


@dataclass(frozen=True)
class Task:
    """A benchmark task. Every run starts at molecules of the data set, and they count as calls."""

    name: str
    description: str
    objectives: tuple[Objective, ...]
    budget: int
    """Unique oracle calls, by InChIKey, of a run."""
    constraints: tuple[Constraint, ...] = ()
    num_start: int = 10
    """Molecules drawn from the data set, the same for every method at one seed."""
    start: PropertyWindow | None = None
    """What start molecules are drawn from: the test split's molecules inside this window; without
    one, the training split."""
    min_similarity: float | None = None
    """Of every molecule to the run's one start molecule, Tanimoto."""
    reports: tuple[int, ...] = ()
    """Numbers of calls, beside the budget, at which the best so far is reported."""
    success: Success | None = None
    reference: tuple[float, ...] = ()
    """Gains (`Objective.gain`, one per objective) that the hypervolume is measured from."""

    def spec(self, start: tuple[str, ...], seed: int, batch_size: int) -> CampaignSpec:
        """The campaign of one run, its method still to be set."""
        similar = () if self.min_similarity is None else (SimilarTo(start[0], self.min_similarity),)
        return CampaignSpec(
            objectives=self.objectives,
            constraints=(*self.constraints, *similar),
            initial_smiles=start,
            num_initial_samples=0,
            batch_size=batch_size,
            seed=seed,
            max_evaluations=self.budget,
        )


QED = Objective("qed")

_TASKS = (
    Task("qed", "QED from 10 random molecules", (QED,), 310, reports=(100,)),
    Task(
        "qed-three",
        "three distinct molecules of QED 0.948",
        (QED,),
        1_000,
        # Papers print three decimals: what rounds to 0.948 counts.
        success=Success(0.9475, 3),
    ),
    Task(
        "penalized-logp",
        f"penalised logP, at most {MAX_HEAVY_ATOMS} heavy atoms",
        (Objective("penalized_logp"),),
        500,
        (PropertyWindow("heavy_atoms", max=MAX_HEAVY_ATOMS),),
        reports=(100,),
    ),
    Task(
        "drug-like",
        "QED up, SAS down, logP in 2.5 ± 0.5",
        (
            QED,
            Objective("sas", "minimize"),
            Objective("logp", "target", target=2.5, tolerance=0.5),
        ),
        500,
        reports=(100,),
        # The means of ZINC250k, 0.73 and 3.05; logP at most 0.5 outside its band.
        reference=(0.73, -3.05, -0.5),
    ),
    Task(
        "similar-qed",
        "QED 0.9 within Tanimoto 0.4 of a molecule of QED 0.7 to 0.8",
        (QED,),
        2_000,
        num_start=1,
        start=PropertyWindow("qed", 0.7, 0.8),
        min_similarity=0.4,
        reports=(20,),
        success=Success(0.9),
    ),
)

TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in _TASKS})
"""Every task by name."""

Molecules = Callable[[str], list[str]]
"""The SMILES of a split of the data set, read when first asked for."""


def task(name: str) -> Task:
    """The task `name`.

    Raises:
        SpecError: there is none.
    """
    if name not in TASKS:
        raise SpecError(f"no task {name!r}: {nearest_known(name, TASKS)}", "/task")
    return TASKS[name]
