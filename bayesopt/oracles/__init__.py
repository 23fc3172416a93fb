"""Functions of molecules: built in, of the user's own, or fitted to the user's data."""

from bayesopt.oracles.built_in import SIMILARITY, MoleculeOracle
from bayesopt.oracles.protocol import MAX_MAGNITUDE, Direction, Oracle, OracleSpec
from bayesopt.oracles.sources import (
    COMPUTED,
    MEASURED,
    available_oracles,
    build_oracle,
    get_oracle,
    is_computed,
    register_source,
    source_forms,
)

__all__ = [
    "COMPUTED",
    "MAX_MAGNITUDE",
    "MEASURED",
    "SIMILARITY",
    "Direction",
    "MoleculeOracle",
    "Oracle",
    "OracleSpec",
    "available_oracles",
    "build_oracle",
    "get_oracle",
    "is_computed",
    "register_source",
    "source_forms",
]
