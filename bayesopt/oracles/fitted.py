"""An objective that is a model of the user's own measurements: a GP on fingerprints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

import torch
from botorch.models import SingleTaskGP
from pydantic import Field
from torch import Tensor

from bayesopt.errors import SpecError
from bayesopt.oracles.answers import readable_answers
from bayesopt.oracles.parameters import Parameters
from bayesopt.oracles.protocol import MAX_MAGNITUDE, Direction, OracleSpec
from bayesopt.surrogates.tanimoto_gp import fit_tanimoto_gp
from data.errors import MoleculeError, Refusal
from data.fingerprints import morgan_counts
from data.molecules import parse

MAX_MODELS = 8
"""Fitted models that one process keeps: up to 40 MB each."""

DIGITS = 9
"""Significant digits of a prediction: fewer than rounding errors touch, so that a molecule's value
does not depend on those it was predicted with."""


class Measurement(Parameters):
    """One molecule of the user's, measured."""

    smiles: str = Field(description="The molecule.")
    value: float = Field(
        ge=-MAX_MAGNITUDE, le=MAX_MAGNITUDE, description="Its value, in the objective's unit."
    )


class ModelParameters(Parameters):
    """What a model is fitted to, and how cautious it is."""

    data: list[Measurement] = Field(
        min_length=2,
        max_length=1000,
        description="What was measured; a molecule may come several times.",
    )
    penalty: float = Field(
        0.0,
        ge=0,
        le=100,
        description="Standard deviations by which a value is taken to be worse than predicted.",
    )


MODEL = OracleSpec(
    name="model",
    unit="",
    direction=None,
    low=None,
    high=None,
    source="Griffiths et al., GAUCHE, NeurIPS (2023), arXiv:2212.04450",
    description="A Gaussian process on the fingerprints of molecules that you measured.",
    parameters=ModelParameters.model_json_schema(),
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a model predicts of one molecule, in the unit of its data."""

    mean: float
    sd: float
    """Of the property itself; the noise of a further measurement comes on top."""


@dataclass(frozen=True, slots=True)
class ModelOracle:
    """`mean - penalty sd` where more is better, `mean + penalty sd` where less is."""

    spec: OracleSpec
    model: FittedModel
    penalty: float
    """Signed: below 0 where less is better."""

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Any], direction: Direction) -> Self:
        """The model of the given data; it is fitted when first asked, and then kept.

        Raises:
            SpecError: the parameters make no model, or a penalty has no direction to act in.
        """
        given = ModelParameters.read(name, parameters)
        if given.penalty and direction == "target":
            raise SpecError(
                f"{name}: a penalty needs direction maximize or minimize, not target",
                "/parameters/penalty",
            )
        model = _model(name, tuple((item.smiles, item.value) for item in given.data))
        low, high = model.range or (None, None)
        spec = OracleSpec(
            name=name,
            unit=MODEL.unit,
            direction=None,
            low=low,
            high=high,
            source=MODEL.source,
            description=f"Predicted from {len(given.data)} measurements of your own.",
            parameters=MODEL.parameters,
        )
        return cls(spec, model, -given.penalty if direction == "minimize" else given.penalty)

    def __call__(self, smiles: Sequence[str]) -> list[float | Refusal]:
        """One value or `Refusal` per molecule, in order."""
        return readable_answers(smiles, self._values)

    def _values(self, smiles: Sequence[str]) -> list[float]:
        estimates = self.model.estimates(smiles)
        return [_rounded(each.mean - self.penalty * each.sd) for each in estimates]


class FittedModel:
    """A GP and the data under it."""

    def __init__(self, smiles: Sequence[str], values: Sequence[float]) -> None:
        """Read the molecules; raises `MoleculeError` of the first that cannot be."""
        self._fingerprints = _fingerprints(smiles)
        self._values = torch.tensor(values, dtype=torch.double)

    @property
    def range(self) -> tuple[float, float] | None:
        """The least and the greatest value; None where all are the same."""
        low, high = float(self._values.min()), float(self._values.max())
        return (low, high) if low < high else None

    @cached_property
    def gp(self) -> SingleTaskGP:
        """Fitted when first used; seconds, for hundreds of molecules."""
        return fit_tanimoto_gp(self._fingerprints, self._values)

    def estimates(self, smiles: Sequence[str]) -> list[Estimate]:
        """What is predicted of each molecule.

        Raises:
            MoleculeError: of the first that cannot be read.
        """
        gp = self.gp
        with torch.no_grad():
            posterior = gp.posterior(_fingerprints(smiles))
        means: Tensor = posterior.mean.squeeze(-1)
        sds: Tensor = posterior.variance.squeeze(-1).clamp_min(0).sqrt()
        return [Estimate(m, s) for m, s in zip(means.tolist(), sds.tolist(), strict=True)]


@lru_cache(maxsize=MAX_MODELS)
def _model(name: str, data: tuple[tuple[str, float], ...]) -> FittedModel:
    for index, (smiles, _) in enumerate(data):
        try:
            parse(smiles)
        except MoleculeError as error:
            pointer = f"/parameters/data/{index}/smiles"
            raise SpecError(f"{name}: {error}", pointer) from error
    return FittedModel([smiles for smiles, _ in data], [value for _, value in data])


def _fingerprints(smiles: Sequence[str]) -> Tensor:
    return torch.from_numpy(morgan_counts([parse(item) for item in smiles]))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
