"""The command line's reference, from the commands themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperArgument
from typer.main import get_command

from docs.generate.markdown import cell, table

PAGE = "reference/commands.md"
KINDS = {str: "text", int: "whole number", float: "number", bool: "switch", Path: "path"}


def pages() -> dict[str, str]:
    """Its page."""
    from app.cli import app as molwright
    from chemvae.cli import app as chemvae

    parts = ["# Command line", "`molwright` runs the service and campaigns, `chemvae` the models."]
    for name, program in (("molwright", molwright), ("chemvae", chemvae)):
        for path, command in _commands(name, get_command(program)):
            parts += _section(path, command)
    return {PAGE: "\n\n".join(parts) + "\n"}


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    inside = getattr(command, "commands", None)
    if inside is None:
        yield path, command
        return
    for name, item in inside.items():
        yield from _commands(f"{path} {name}", item)


def _section(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401
    yield f"## {path}"
    yield command.help or ""
    rows = [
        (_spelling(item), _kind(item), cell(item.help or "", _notes(item)))
        for item in command.params
        if item.name != "help"
    ]
    if rows:
        yield table(("argument", "type", "meaning"), rows)


def _spelling(item: Any) -> str:  # noqa: ANN401
    if isinstance(item, TyperArgument):
        return f"`{item.name.upper()}`"
    return ", ".join(f"`{name}`" for name in [*item.opts, *item.secondary_opts])


def _kind(item: Any) -> str:  # noqa: ANN401
    return _type_name(item.type_descriptor.annotation)


def _type_name(annotation: Any) -> str:  # noqa: ANN401
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if parts:
        return " or ".join(map(_type_name, parts))
    return KINDS.get(annotation, str(annotation.__name__))


def _notes(item: Any) -> list[str]:  # noqa: ANN401
    notes = ["required"] if item.required else []
    if item.multiple:
        notes.append("may be given again")
    plain = isinstance(item.default, str | int | float) and not isinstance(item.default, bool)
    return [*notes, f"default `{item.default}`"] if plain else notes
