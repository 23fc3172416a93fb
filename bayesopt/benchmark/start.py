"""The molecules of the data set that runs start from, and the baseline that knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

import numpy as np
from rdkit import Chem

from bayesopt.benchmark.tasks import Task
from bayesopt.compounds import compound_key
from bayesopt.constraints import Constraint, first_violation
from bayesopt.errors import SpecError
from data.datasets import Split, load_smiles
from data.errors import MoleculeError
from data.molecules import canonical_smiles, parse

split = lru_cache(maxsize=4)(load_smiles)
"""The SMILES of a data set's split, read once."""


def start_molecules(task: Task, dataset: str, seed: int) -> tuple[str, ...]:
    """The molecules that every method starts `task` from at this seed: distinct, canonical.

    Where the task wants a property window (`Task.start`), seed `i` takes the `i`-th such molecule
    (or group of `num_start`) of the test split in one fixed random order, so that different seeds
    are different molecules.

    Raises:
        SpecError: the data set has too few such molecules.
        data.errors.DataError: it cannot be read.
    """
    if task.start is None:
        found = random_molecules(dataset, "train", seed, task.constraints)
        drawn = tuple(islice(found, task.num_start))
    else:
        found = random_molecules(dataset, "test", 0, (task.start, *task.constraints))
        drawn = tuple(islice(found, seed * task.num_start, (seed + 1) * task.num_start))
    if len(drawn) < task.num_start:
        raise SpecError(f"{dataset} has too few molecules to start {task.name} at seed {seed}")
    return drawn


def random_molecules(
    dataset: str, of: Split, seed: int, constraints: Sequence[Constraint]
) -> Iterator[str]:
    """Distinct molecules of a split that meet the constraints, in a random order of their own."""
    lines = split(dataset, of)
    seen: set[str] = set()
    for index in np.random.RandomState(seed).permutation(len(lines)):
        mol = _readable(lines[index])
        if mol is None or first_violation(mol, constraints) is not None:
            continue
        key = compound_key(mol)
        if key not in seen:
            seen.add(key)
            yield canonical_smiles(mol)


def _readable(smiles: str) -> Chem.Mol | None:
    try:
        return parse(smiles)
    except MoleculeError:
        return None
