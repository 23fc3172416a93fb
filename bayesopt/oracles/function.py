"""Objectives of the user's own: Python functions that installed packages offer.

A package offers one by an entry point of the group `molwright.oracles`::

    [project.entry-points."molwright.oracles"]
    docking = "my_package.scores:docking"

    def docking(smiles: list[str]) -> list[float | None]: ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import Field

from bayesopt.errors import OracleError, SpecError
from bayesopt.oracles.answers import checked, readable_answers
from bayesopt.oracles.function_process import function_process
from bayesopt.oracles.parameters import Parameters
from bayesopt.oracles.protocol import OracleSpec
from data.errors import Refusal

GROUP = "molwright.oracles"

MAX_DEATHS = 3
"""Molecules in a row that may hang or crash a function before the rest of a batch is not tried."""


class FunctionParameters(Parameters):
    """What every function takes."""

    timeout_s: float = Field(
        60.0,
        gt=0,
        le=86_400,
        description="Seconds that one call may take; the first also loads the function.",
    )


MAX_LOAD_S = 60.0
"""Seconds that `check_loads` waits; a function that may take longer may still be loading then."""


@cache
def installed_functions() -> Mapping[str, EntryPoint]:
    """Every offered function by its objective's name; nothing of it is imported."""
    return {point.name: point for point in entry_points(group=GROUP)}


def function_spec(point: EntryPoint) -> OracleSpec:
    """What is known of a function without running it."""
    package = f", of {point.dist.name} {point.dist.version}" if point.dist else ""
    return OracleSpec(
        name=point.name,
        unit="",
        direction=None,
        low=None,
        high=None,
        source=point.value,
        description=f"A Python function of the user's own{package}.",
        parameters=FunctionParameters.model_json_schema(),
    )


@dataclass(frozen=True, slots=True)
class FunctionOracle:
    """A user's function; a call that fails is repeated one by one, to refuse only culprits."""

    spec: OracleSpec
    timeout_s: float

    @classmethod
    def of(cls, point: EntryPoint, parameters: Mapping[str, Any]) -> FunctionOracle:
        """The function that `point` offers.

        Raises:
            SpecError: the parameters are not what a function takes.
        """
        timeout = FunctionParameters.read(point.name, parameters).timeout_s
        return cls(function_spec(point), timeout)

    def check_loads(self) -> None:
        """Import the function, in its own process, so that its absence is known before any call.

        Raises:
            SpecError: it cannot be imported, is no function, or takes longer than a call may.
        """
        process = function_process(self.spec.source)
        try:
            process.load(min(self.timeout_s, MAX_LOAD_S))
        except OracleError as error:
            if error.code == "timeout" and self.timeout_s > MAX_LOAD_S:
                return
            raise SpecError(
                f"{self.spec.name}: the function {self.spec.source} cannot be loaded: {error}",
                "/name",
            ) from error

    def __call__(self, smiles: Sequence[str]) -> list[float | Refusal]:
        """One value or `Refusal` per molecule, in order."""
        return readable_answers(smiles, self._ask)

    def _ask(self, smiles: Sequence[str]) -> list[float | Refusal]:
        try:
            return self._call(smiles)
        except OracleError as error:
            if len(smiles) == 1:
                return [Refusal(error.code, str(error))]
        answers: list[float | Refusal] = []
        deaths = 0
        for molecule in smiles:
            if deaths == MAX_DEATHS:
                why = f"it hung or crashed on the {MAX_DEATHS} molecules before"
                answers.append(Refusal("not_tried", why))
                continue
            try:
                answers += self._call([molecule])
                deaths = 0
            except OracleError as error:
                answers.append(Refusal(error.code, str(error)))
                deaths = deaths + 1 if error.fatal else 0
        return answers

    def _call(self, smiles: Sequence[str]) -> list[float | Refusal]:
        process = function_process(self.spec.source)
        return checked(process.call(smiles, self.timeout_s), len(smiles))
