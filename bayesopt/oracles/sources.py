"""Where the values of an objective come from, by its `source`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bayesopt.errors import SpecError, UnknownOracleError, nearest_known
from bayesopt.oracles.built_in import BUILT_IN, built_in_oracle, built_in_spec
from bayesopt.oracles.fitted import MODEL, ModelOracle
from bayesopt.oracles.function import FunctionOracle, function_spec, installed_functions
from bayesopt.oracles.protocol import Direction, Oracle, OracleSpec

MEASURED = "measured"
"""The source whose values arrive by `tell`; it has no oracle."""

COMPUTED = "computed"
"""The source of built-in objectives and of the user's functions, by their names."""

Build = Callable[[str, Mapping[str, Any], Direction], Oracle]
"""From an objective's name, parameters and direction; raises `SpecError`."""


def available_oracles() -> tuple[OracleSpec, ...]:
    """Every objective of source `computed`: the built-in ones, then the user's functions."""
    functions = (p for name, p in installed_functions().items() if name not in BUILT_IN)
    return (*(built_in_spec(name) for name in BUILT_IN), *map(function_spec, functions))


def get_oracle(name: str, parameters: Mapping[str, Any] | None = None) -> Oracle:
    """The objective `name` of source `computed`; a built-in one comes before a user's function.

    Raises:
        UnknownOracleError: there is no such objective; the message names the nearest known.
        SpecError: the parameters are not what the objective takes.
    """
    if name in BUILT_IN:
        return built_in_oracle(name, parameters or {})
    functions = installed_functions()
    if name in functions:
        return FunctionOracle.of(functions[name], parameters or {})
    known = [spec.name for spec in available_oracles()]
    raise UnknownOracleError(
        f"no built-in objective {name!r}: {nearest_known(name, known)} "
        f'A property of your own needs "source": "measured".',
        "/name",
    )


_BUILDS: dict[str, Build] = {
    COMPUTED: lambda name, parameters, _: get_oracle(name, parameters),
    MODEL.name: ModelOracle.of,
}
_FORMS: dict[str, OracleSpec] = {MODEL.name: MODEL}


def register_source(form: OracleSpec, build: Build) -> None:
    """Let objectives have the source `form.name`, from now on in this process.

    For what this package must not know: the service brings `http`. Registered again, it is
    replaced, so that the last settings hold.
    """
    _BUILDS[form.name] = build
    _FORMS[form.name] = form


def is_computed(source: str) -> bool:
    """Whether values of this source were an oracle's, not told by somebody."""
    return source in _BUILDS


def source_forms() -> tuple[OracleSpec, ...]:
    """The sources whose objectives have names of the user's own, and what parameters they take."""
    return tuple(_FORMS.values())


def build_oracle(
    source: str, name: str, parameters: Mapping[str, Any], direction: Direction
) -> Oracle:
    """The oracle of an objective that is not measured.

    Raises:
        SpecError: no such source, or as the source says.
    """
    if source not in _BUILDS:
        known = nearest_known(source, (MEASURED, *_BUILDS))
        raise SpecError(f"{name}: no source {source!r}: {known}", "/source")
    return _BUILDS[source](name, parameters, direction)
