"""The client's endpoints and the service's OpenAPI document, brought to the same form."""

import importlib
import pkgutil

import app.client
from app.client.endpoint import Endpoint

METHODS = ("get", "post", "put", "patch", "delete")


def endpoints():
    """Every endpoint of the client, by method and path."""
    found = {}
    for module in pkgutil.iter_modules(app.client.__path__):
        for value in vars(importlib.import_module(f"app.client.{module.name}")).values():
            if isinstance(value, Endpoint):
                found[value.method, value.path] = value
    return found


def operations(document):
    """Every operation of the service, by method and path."""
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def parameters(operation, place):
    return {p["name"] for p in operation.get("parameters", []) if p["in"] == place}


def shape(schema, schemas, *, is_reply):
    """What a JSON schema allows: types, names and choices, without words, limits and defaults.

    A reply may have new members and choices in a newer service, and has all its members.
    """

    def of(part):
        if "$ref" in part:
            return of(schemas[part["$ref"].rpartition("/")[2]])
        choices = part.get("anyOf") or part.get("oneOf")
        if choices:
            found = [of(choice) for choice in choices]
            return ("one of", frozenset().union(*map(_choices, found)))
        kind = part.get("type")
        if kind == "object" and "properties" in part:
            required = () if is_reply else part.get("required", ())
            members = {name: of(member) for name, member in part["properties"].items()}
            return ("object", frozenset(members.items()), frozenset(required))
        if kind == "object":
            values = part.get("additionalProperties")
            return ("map", of(values) if isinstance(values, dict) else "any")
        if kind == "array":
            return ("list", of(part["items"]))
        named = part.get("enum") or ([part["const"]] if "const" in part else None)
        if named and not is_reply:
            return ("one of", frozenset(named))
        return (kind or "any", part.get("format"))

    return of(schema)


def _choices(found):
    """Of a union, which may be in another."""
    return found[1] if found[0] == "one of" else {found}
