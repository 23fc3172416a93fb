"""How the samples are distributed, against the test molecules: FCD and computed properties."""

from collections.abc import Mapping, Sequence
from itertools import chain
from statistics import fmean, pstdev
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemvae.codec import MoleculeCodec
from chemvae.evaluation.chemnet import activations, frechet_distance
from chemvae.evaluation.crew import Crew, Part
from chemvae.evaluation.generation import Drawn
from data.molecules import parse
from data.properties import compute

FAMILY = "distribution"
PROPERTIES = ("logp", "sas", "qed")
CHUNK = 1024
"""Molecules of one part: two of ChemNet's own batches."""


class Described(NamedTuple):
    """What is known of a set of molecules."""

    activations: NDArray[np.float32]
    """ChemNet's, `n x 512`."""
    properties: NDArray[np.float64]
    """`PROPERTIES`, `n x 3`."""

    def rows(self, chosen: Sequence[int]) -> "Described":
        """Those of some molecules, in this order; a number may repeat."""
        return Described(self.activations[list(chosen)], self.properties[list(chosen)])

    def moments(self) -> dict[str, dict[str, float]]:
        """Mean and standard deviation of each property."""
        columns = zip(PROPERTIES, self.properties.T.tolist(), strict=True)
        return {name: {"mean": fmean(column), "sd": pstdev(column)} for name, column in columns}


def describe(codec: MoleculeCodec, smiles: Sequence[str]) -> Described:
    """Canonical SMILES looked at one by one; ChemNet computes where the model does."""
    rows = [compute(parse(line), PROPERTIES) for line in smiles]
    values = np.array([[row[name] for name in PROPERTIES] for row in rows])
    return Described(activations(smiles, codec.device), values)


def distribution_report(
    crew: Crew, drawn: Mapping[str, Drawn], test: Sequence[str], described: int
) -> dict[str, Any]:
    """FCD to the test molecules, and means and standard deviations of logP, SAS and QED.

    Each distinct molecule is described once: most greedy samples come raw and masked alike.

    Args:
        crew: Who describes them.
        drawn: Samples by kind; of each, the first valid ones count.
        test: Canonical SMILES: the reference, all of them.
        described: Valid samples that are looked at.
    """
    chosen = {kind: item.valid[:described] for kind, item in drawn.items()}
    places = {line: row for row, line in enumerate(dict.fromkeys(chain(test, *chosen.values())))}
    known = _describe_all(crew, list(places))
    reference = known.rows([places[line] for line in test])
    spread = len(set(test)) > 1
    kinds = {
        kind: _compare(
            known.rows([places[line] for line in valid]), reference, spread and len(set(valid)) > 1
        )
        for kind, valid in chosen.items()
    }
    return {
        "reference_molecules": len(test),
        "reference_properties": reference.moments(),
        "kinds": kinds,
    }


def _describe_all(crew: Crew, smiles: Sequence[str]) -> Described:
    parts: list[Part[Described]] = [
        crew.start(FAMILY, describe, smiles[first : first + CHUNK])
        for first in range(0, len(smiles), CHUNK)
    ]
    columns = zip(*(crew.finish(part) for part in parts), strict=True)
    return Described(*(np.concatenate(column) for column in columns))


def _compare(some: Described, reference: Described, have_spread: bool) -> dict[str, Any]:
    """One kind's part of the report; no distance between sets that are not both spread."""
    report: dict[str, Any] = {"molecules": len(some.properties), "fcd": None}
    if have_spread:
        report["fcd"] = frechet_distance(reference.activations, some.activations)
    if len(some.properties):
        report["properties"] = some.moments()
        report["deviation"] = _deviation(some.moments(), reference.moments())
    return report


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
