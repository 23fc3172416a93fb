"""Types of members that several requests have."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from app.schemas import UNION_TAG

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"

MAX_JSON = 20_000
"""Characters of a client's own JSON object."""

MAX_JSON_DEPTH = 20
"""Objects and lists of it within each other; some readers give up, or break, on deep ones."""

MAX_PARAMETERS = 200_000
"""Characters of an objective's parameters, which may hold a thousand measured molecules."""

MAX_REPLICATES = 1_000
"""Repeats of one measurement."""


def _storable(text: str) -> str:
    # PostgreSQL keeps every character but this one.
    if "\0" in text:
        raise ValueError("the character U+0000 cannot be stored")
    return text


def _one_line(name: str) -> str:
    stripped = " ".join(name.split())
    if not stripped:
        raise ValueError("a campaign needs a name")
    return stripped


def _storable_json(value: dict[str, Any], max_length: int = MAX_JSON) -> dict[str, Any]:
    _check_depth(value)
    # ValueError, which pydantic reports: NaN, infinity, or half of a surrogate pair.
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    if len(text) > max_length:
        raise ValueError(f"longer than {max_length} characters as JSON")
    if "\\u0000" in text:
        raise ValueError("the character U+0000 cannot be stored")
    return value


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if any(isinstance(item, dict | list) for item in level):
        raise ValueError(f"nests deeper than {MAX_JSON_DEPTH} objects and lists")


def _storable_parameters(value: dict[str, Any]) -> dict[str, Any]:
    return _storable_json(value, MAX_PARAMETERS)


# A limit behind a validator would speak of "items", and be taken for that of a list.
Name = Annotated[str, Field(max_length=200), AfterValidator(_storable), AfterValidator(_one_line)]
Note = Annotated[str, Field(max_length=10_000), AfterValidator(_storable)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_storable_json)]
Parameters = Annotated[dict[str, Any], AfterValidator(_storable_parameters)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Replicates = Annotated[list[Number], Field(min_length=1, max_length=MAX_REPLICATES)]


def _form(value: object) -> str:
    return UNION_TAG + ("replicates" if isinstance(value, list | tuple) else "value")


Measured = Annotated[
    Annotated[Number, Tag(UNION_TAG + "value")]
    | Annotated[Replicates, Tag(UNION_TAG + "replicates")],
    Discriminator(_form),
]
"""A value, or the replicates of one measurement."""
