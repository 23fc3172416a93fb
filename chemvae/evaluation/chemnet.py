"""Fréchet ChemNet Distance (Preuer et al. 2018, arXiv:1803.09518), by `fcd_torch`."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch
from fcd_torch import FCD  # type: ignore[import-untyped]
from fcd_torch.utils import calculate_frechet_distance  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy.linalg import LinAlgWarning  # type: ignore[import-untyped]


def activations(smiles: Sequence[str], device: torch.device) -> NDArray[np.float32]:
    """ChemNet's second to last layer, `n x 512`, of canonical SMILES."""
    with _dated_calls():
        found: NDArray[np.float32] = _chemnet(str(device)).get_predictions(list(smiles))
    return found


def frechet_distance(reference: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Of the Gaussians fitted to the activations of two sets, each `n x 512`, `n` at least 2."""
    moments = [part for rows in (reference, other) for part in (rows.mean(0), np.cov(rows.T))]
    with _dated_calls():
        # Covariances of fewer molecules than ChemNet has features are singular, as any test
        # run's are; the root of their product exists all the same.
        warnings.filterwarnings("ignore", "Matrix is singular", LinAlgWarning)
        return float(calculate_frechet_distance(*moments))


@cache
def _chemnet(device: str) -> FCD:
    """Its weights are loaded as tensors alone, never unpickled, as `torch.load` does by default."""
    # Layers draw weights from the global generator before they are overwritten.
    with torch.random.fork_rng(devices=[]):
        return FCD(device=device, canonize=False)


@contextmanager
def _dated_calls() -> Iterator[None]:
    """fcd_torch 1.0.7, the last release, calls numpy and scipy by names that will go."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`row_stack` alias is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", "The `disp` argument is deprecated", DeprecationWarning)
        yield
