"""JSON schemas in words: the type, the limits, an example."""

import json
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} members",
    "maxProperties": "at most {} members",
    "pattern": "matches `{}`",
}


UNTOLD = (2**31 - 1, 2**53 - 1)
"""Limits of the database and of JSON, which nobody meets."""


def described_type(schema: Schema) -> str:
    """The type, with a link to each schema it refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{title(name)}](schemas.md#{name.lower()})"
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(described_type, alternatives)))
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {described_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {described_type(schema['additionalProperties'])}"
    return str(kind)


def title(name: str) -> str:
    """What people call a schema: `Page_Trial_` is what Python makes of `Page[Trial]`."""
    return re.sub(r"^Page_(\w+)_$", r"Page of \1", name)


def constraints(schema: Schema) -> list[str]:
    """Default and limits, each a phrase; those of alternatives too."""
    found = []
    if "default" in schema:
        found.append(f"default `{json.dumps(schema['default'], ensure_ascii=False)}`")
    for part in (schema, *schema.get("anyOf", [])):
        found += [
            _phrase(part[limit], said)
            for limit, said in LIMITS.items()
            if limit in part and part[limit] not in UNTOLD
        ]
    return found


def example_of(schema: Schema, document: Schema) -> Any:  # noqa: ANN401
    """A value: the examples of the required members, or those of all where none is required."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(document["components"]["schemas"][name], document)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return example_of(alternatives[0], document)
    if schema.get("type") == "array":
        return [example_of(schema["items"], document)]
    properties = schema.get("properties", {})
    wanted = schema.get("required") or properties
    return {name: example_of(properties[name], document) for name in wanted if name in properties}


def _phrase(limit: object, said: str) -> str:
    plain = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
    return (said.removesuffix("s") if plain == 1 else said).format(plain)
