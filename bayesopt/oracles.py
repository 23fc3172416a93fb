"""The built-in objectives: a batch of SMILES in, one value or one refusal per molecule out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from rdkit import Chem

from bayesopt.errors import SpecError, UnknownOracleError, nearest_known
from data.errors import MoleculeError, PropertyError, Refusal
from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from data.properties import PROPERTIES

COMPUTED = (
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
class OracleSpec:
    """What an objective is: enough for a chemist to choose it and for a scale to be set."""

    name: str
    unit: str
    direction: Literal["maximize", "minimize"] | None
    """The usual one; None where neither is."""
    low: float
    high: float
    """The usual range over drug-like molecules, in `unit`; values outside it are no error."""
    source: str
    """The paper or the code that defines it."""
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """JSON schema of the parameters it needs; empty where it needs none."""


class Oracle(Protocol):
    """A function of molecules. Order and length are kept; a molecule without a value says why."""

    @property
    def spec(self) -> OracleSpec:
        """Name, unit, range and source."""

    def __call__(self, smiles: Sequence[str]) -> Sequence[float | Refusal]:
        """One finite value or `Refusal` per molecule, in order."""


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
)


def available_oracles() -> tuple[OracleSpec, ...]:
    """Every built-in objective."""
    return (*(_property_spec(name) for name in COMPUTED), SIMILARITY)


def get_oracle(name: str, parameters: Mapping[str, Any] | None = None) -> Oracle:
    """The built-in objective `name`.

    Raises:
        UnknownOracleError: there is no such objective; the message names the nearest known.
        SpecError: the parameters are not what the objective takes.
    """
    given = dict(parameters or {})
    if name == SIMILARITY.name:
        return _similarity(given)
    if name not in COMPUTED:
        known = (*COMPUTED, SIMILARITY.name)
        raise UnknownOracleError(
            f"no built-in objective {name!r}: {nearest_known(name, known)} "
            f'A property of your own needs "source": "measured".',
            "/name",
        )
    if given:
        raise SpecError(f"{name} takes no parameters, got {sorted(given)}", "/parameters")
    return MoleculeOracle(_property_spec(name), PROPERTIES[name].compute)


def _property_spec(name: str) -> OracleSpec:
    known = PROPERTIES[name]
    return OracleSpec(
        name=name,
        unit=known.unit,
        direction=known.direction,
        low=known.low,
        high=known.high,
        source=known.source,
        description=known.description,
    )


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
