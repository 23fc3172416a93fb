"""The labels of a training set: computed properties, and columns of the user's own file."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from chemvae.errors import ConfigError
from data.errors import DataError
from data.molecules import parse
from data.properties import PROPERTIES, compute

CHUNK = 500
"""Molecules a process computes at a time."""

Measured = Mapping[str, Mapping[str, float]]
"""Label by name, of each canonical SMILES of a file."""


def label_matrix(smiles: Sequence[str], names: Sequence[str], measured: Measured) -> Tensor:
    """`n x m` labels, NaN where a molecule lacks one; a column of the file goes before a property.

    Raises:
        ConfigError: A name that is neither a column with numbers nor a computed property.
    """
    columns = {name for values in measured.values() for name in values}
    for name in names:
        if name not in columns and name not in PROPERTIES:
            raise ConfigError(
                f"no label {name!r}: it is no column of numbers in the file, and computed "
                f"properties are {', '.join(PROPERTIES)}"
            )
    computed = tuple(name for name in names if name not in columns)
    rows = _compute(smiles, computed) if computed else [{}] * len(smiles)
    return torch.tensor(
        [
            [{**row, **measured.get(line, {})}.get(name, torch.nan) for name in names]
            for line, row in zip(smiles, rows, strict=True)
        ]
    ).view(len(smiles), len(names))


def kept_labels(
    folder: Path, smiles: Sequence[str], names: Sequence[str], measured: Measured
) -> Tensor:
    """`label_matrix`, computed once: a run that is resumed finds it in its folder.

    Raises:
        ConfigError: As `label_matrix`.
    """
    if not names:
        return torch.empty(len(smiles), 0)
    key = hashlib.sha256("\n".join([*names, *smiles, repr(measured)]).encode()).hexdigest()[:16]
    path = folder / f"labels-{key}.npy"
    if not path.exists():
        labels = label_matrix(smiles, names, measured)
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, labels.numpy(), allow_pickle=False)
    return torch.from_numpy(np.load(path, allow_pickle=False))


def _compute(smiles: Sequence[str], names: tuple[str, ...]) -> list[dict[str, float]]:
    """Properties of each molecule, on all cores; without those that it has no value of."""
    if len(smiles) <= CHUNK:
        return [_compute_one(line, names) for line in smiles]
    # A fork of a process that runs torch's threads can hang.
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        rows = pool.map(partial(_compute_one, names=names), smiles, chunksize=CHUNK)
        bar = tqdm(rows, total=len(smiles), desc="labels", unit=" molecules", disable=None)
        return list(bar)


def _compute_one(smiles: str, names: tuple[str, ...]) -> dict[str, float]:
    try:
        return compute(parse(smiles), names)
    except DataError:
        return {}
