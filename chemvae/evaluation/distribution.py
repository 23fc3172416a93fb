"""How the samples are distributed, against the test molecules: FCD and computed properties."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import fmean, pstdev
from typing import Any

import torch
from fcd_torch import FCD  # type: ignore[import-untyped]
from scipy.linalg import LinAlgWarning  # type: ignore[import-untyped]

from chemvae.evaluation.generation import Drawn
from data.molecules import parse
from data.properties import compute

PROPERTIES = ("logp", "sas", "qed")


def distribution_report(
    drawn: Mapping[str, Drawn], test: Sequence[str], described: int, device: torch.device
) -> dict[str, Any]:
    """FCD to the test molecules, and means and standard deviations of logP, SAS and QED.

    Args:
        drawn: Samples by kind; of each, the first valid ones count.
        test: Canonical SMILES: the reference, all of them.
        described: Valid samples that are looked at.
        device: Where ChemNet computes.
    """
    distance = FrechetDistance(test, device)
    reference = property_moments(test)
    kinds = {}
    for kind, item in drawn.items():
        valid = item.valid[:described]
        described_kind: dict[str, Any] = {"molecules": len(valid), "fcd": distance.to(valid)}
        if valid:
            moments = property_moments(valid)
            described_kind["properties"] = moments
            described_kind["deviation"] = _deviation(moments, reference)
        kinds[kind] = described_kind
    return {"reference_molecules": len(test), "reference_properties": reference, "kinds": kinds}


class FrechetDistance:
    """Fréchet ChemNet Distance to a reference set (Preuer et al. 2018, arXiv:1803.09518).

    By `fcd_torch`, whose ChemNet weights are loaded as tensors alone, never unpickled: that is what
    `torch.load` does unless told otherwise.

    Args:
        reference: Canonical SMILES.
        device: Where ChemNet computes.
    """

    def __init__(self, reference: Sequence[str], device: torch.device) -> None:
        # Layers draw weights from the global generator before they are overwritten.
        with torch.random.fork_rng(devices=[]):
            self._fcd = FCD(device=str(device), canonize=False)
        self._reference = self._statistics(reference)

    def to(self, smiles: Sequence[str]) -> float | None:
        """The distance; None where either side has fewer than two different molecules."""
        statistics = self._statistics(smiles)
        if not (statistics and self._reference):
            return None
        with _dated_calls():
            # Covariances of fewer molecules than ChemNet has features are singular, as any test
            # run's are; the root of their product exists all the same.
            warnings.filterwarnings("ignore", "Matrix is singular", LinAlgWarning)
            return float(self._fcd.metric(self._reference, statistics))

    def _statistics(self, smiles: Sequence[str]) -> dict[str, Any]:
        if len(set(smiles)) < 2:
            return {}
        with _dated_calls():
            statistics: dict[str, Any] = self._fcd.precalc(list(smiles))
        return statistics


def property_moments(smiles: Sequence[str]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each property."""
    rows = [compute(parse(line), PROPERTIES) for line in smiles]
    return {
        name: {"mean": fmean(row[name] for row in rows), "sd": pstdev(row[name] for row in rows)}
        for name in PROPERTIES
    }


def _deviation(
    moments: dict[str, dict[str, float]], reference: dict[str, dict[str, float]]
) -> dict[str, dict[str, float | None]]:
    """Signed relative difference of every moment; None where the reference is 0."""
    return {
        name: {
            moment: value / reference[name][moment] - 1.0 if reference[name][moment] else None
            for moment, value in values.items()
        }
        for name, values in moments.items()
    }


@contextmanager
def _dated_calls() -> Iterator[None]:
    """fcd_torch 1.0.7, the last release, calls numpy and scipy by names that will go."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`row_stack` alias is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", "The `disp` argument is deprecated", DeprecationWarning)
        yield
