"""The HTTP reference, from the OpenAPI document: a page for each tag, and one of the schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docs.generate.markdown import cell, example, table
from docs.generate.schema_types import constraints, described_type, example_of, title

FOLDER = "reference/http"
TAGS = {
    "campaigns": ("Campaigns", "Search for molecules: ask, tell, run, watch, export."),
    "molecules": ("Molecules", "Encode, decode, sample, complete, interpolate, compute, draw."),
    "models": ("Models", "The models and their cards."),
    "bulk": ("Bulk jobs", "One operation on every row of a library."),
    "access": ("Keys and shares", "Who one is, whom a campaign is shared with, who changed what."),
    "health": ("Health and metrics", "Whether the service can work, and how it does."),
}
"""Title and subtitle; a tag that is not here has a page under its own name."""

EVERYWHERE = ("401", "403", "429", "4XX", "5XX")
"""Failures that every call shares; the index of the reference tells of them."""

Document = Mapping[str, Any]


def openapi() -> Document:
    """The document that the service of this source tree answers at `/openapi.json`."""
    from app.main import create_app
    from app.settings import Settings

    with TemporaryDirectory() as folder:
        return create_app(Settings.model_construct(data_dir=Path(folder))).openapi()


def pages(document: Document) -> dict[str, str]:
    """Path and Markdown of every page."""
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for tag in operation["tags"]:
                by_tag.setdefault(tag, []).append(_operation(method, path, operation, document))
    made = {f"{FOLDER}/{tag}.md": _page(tag, parts) for tag, parts in by_tag.items()}
    made[f"{FOLDER}/schemas.md"] = _schemas(document)
    return made


def _page(tag: str, operations: list[str]) -> str:
    title, subtitle = TAGS.get(tag, (tag.capitalize(), ""))
    return "\n\n".join([f"# {title}", subtitle, *operations]) + "\n"


def _operation(method: str, path: str, operation: Document, document: Document) -> str:
    said = operation.get("description") or operation["summary"]
    parts = [
        f'## <span class="method {method}">{method.upper()}</span> `{path}` '
        f'{{ data-toc-label="{method.upper()} {_short(path)}" }}',
        said,
        *_parameters(operation),
        *_request(method, path, operation, document),
        *_responses(operation),
    ]
    return "\n\n".join(parts)


def _short(path: str) -> str:
    """The path as the narrow table of contents has room for."""
    return re.sub(r"^/v1/|^/", "", re.sub(r"\{\w+\}", "…", path))


def _parameters(operation: Document) -> Iterator[str]:
    rows = [
        (
            f"`{parameter['name']}`",
            parameter["in"],
            described_type(parameter["schema"]),
            cell(parameter["description"], constraints(parameter["schema"])),
        )
        for parameter in operation.get("parameters", [])
    ]
    if rows:
        yield table(("parameter", "in", "type", "meaning"), rows)


def _request(method: str, path: str, operation: Document, document: Document) -> Iterator[str]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        yield f"**Request** `{media}`: {described_type(schema)}"
        if "$ref" in schema:
            yield _fields(_named(schema, document), document)
        if media == "application/json":
            body = json.dumps(example_of(schema, document), indent=2, ensure_ascii=False)
            yield example("json", body, title=f"{method.upper()} {path}")


def _responses(operation: Document) -> Iterator[str]:
    for status, response in sorted(operation["responses"].items()):
        if status in EVERYWHERE:
            continue
        said = response["description"].replace("Successful Response", "")
        bodies = [
            f"`{media}`: {described_type(content['schema'])}" if content.get("schema") else media
            for media, content in response.get("content", {}).items()
        ]
        yield " ".join(part for part in (f"**{status}**", " or ".join(bodies), said) if part)


def _schemas(document: Document) -> str:
    parts = ["# Schemas", "What requests and answers are made of."]
    for name, schema in sorted(document["components"]["schemas"].items()):
        parts += [f"## {title(name)} {{ #{name.lower()} }}", schema.get("description", "")]
        if "enum" in schema:
            parts.append("One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + ".")
        if schema.get("properties"):
            parts.append(_fields(schema, document))
    return "\n\n".join(parts) + "\n"


def _fields(schema: Document, document: Document) -> str:
    required = schema.get("required", [])
    rows = [
        (
            f"`{name}`" + (' <span class="required">required</span>' if name in required else ""),
            described_type(field),
            cell(_meaning(field, document), constraints(field)),
        )
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("member", "type", "meaning"), rows)


def _meaning(field: Document, document: Document) -> str:
    if "description" in field or "$ref" not in field:
        return str(field.get("description", ""))
    return str(_named(field, document)["description"])


def _named(schema: Document, document: Document) -> Document:
    found: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
