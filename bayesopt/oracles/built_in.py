"""The built-in objectives: computed from one molecule at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rdkit import Chem

from bayesopt.errors import SpecError
from bayesopt.oracles.protocol import Oracle, OracleSpec
from data.errors import MoleculeError, PropertyError, Refusal
from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from data.properties import PROPERTIES

_PROPERTIES = (
    "logp",
    "qed",
    "sas",
    "penalized_logp",
    "molecular_weight",
    "tpsa",
    "hbd",
    "hba",
    "rotatable_bonds",
    "ring_count",
)
"""The properties of `data.properties` that are also objectives."""


@dataclass(frozen=True, slots=True)
class MoleculeOracle:
    """An oracle computed from one molecule at a time."""

    spec: OracleSpec
    compute: Callable[[Chem.Mol], float]

    def __call__(self, smiles: Sequence[str]) -> list[float | Refusal]:
        """One value or `Refusal` per molecule, in order."""
        return [self._value(item) for item in smiles]

    def _value(self, smiles: str) -> float | Refusal:
        try:
            value = float(self.compute(parse(smiles)))
        except MoleculeError as error:
            return Refusal.from_error(error)
        except PropertyError as error:
            return Refusal("no_value", f"{self.spec.name} of {smiles!r}: {error}")
        if not math.isfinite(value):
            return Refusal("not_finite", f"{self.spec.name} of {smiles!r} is {value}")
        return value


SIMILARITY = OracleSpec(
    name="similarity",
    unit="Tanimoto",
    direction="maximize",
    low=0.0,
    high=1.0,
    source="Rogers & Hahn, J. Chem. Inf. Model. 50:742 (2010)",
    description="Tanimoto similarity of Morgan fingerprints to the molecule given as `smiles`.",
    parameters={
        "type": "object",
        "properties": {"smiles": {"type": "string", "description": "the molecule to resemble"}},
        "required": ["smiles"],
        "additionalProperties": False,
    },
    minimum=0.0,
    maximum=1.0,
)


BUILT_IN = (*_PROPERTIES, SIMILARITY.name)
"""The names of the built-in objectives."""


def built_in_spec(name: str) -> OracleSpec:
    """What the built-in objective `name` is."""
    if name == SIMILARITY.name:
        return SIMILARITY
    known = PROPERTIES[name]
    return OracleSpec(
        name=name,
        unit=known.unit,
        direction=known.direction,
        low=known.low,
        high=known.high,
        source=known.source,
        description=known.description,
        minimum=known.minimum,
        maximum=known.maximum,
    )


def built_in_oracle(name: str, parameters: Mapping[str, Any]) -> Oracle:
    """The built-in objective `name`.

    Raises:
        SpecError: the parameters are not what the objective takes.
    """
    if name == SIMILARITY.name:
        return _similarity(dict(parameters))
    if parameters:
        raise SpecError(f"{name} takes no parameters, got {sorted(parameters)}", "/parameters")
    return MoleculeOracle(built_in_spec(name), PROPERTIES[name].compute)


def _similarity(parameters: dict[str, Any]) -> Oracle:
    smiles = parameters.pop("smiles", None)
    if not isinstance(smiles, str) or parameters:
        raise SpecError(
            'similarity takes exactly one parameter, {"smiles": "the molecule to resemble"}',
            "/parameters",
        )
    try:
        target = morgan(parse(smiles))
    except MoleculeError as error:
        raise SpecError(f"similarity: {error}", "/parameters/smiles") from error
    spec = replace(SIMILARITY, description=f"Tanimoto similarity of Morgan fingerprints: {smiles}")
    return MoleculeOracle(spec, lambda mol: tanimoto(target, morgan(mol)))
