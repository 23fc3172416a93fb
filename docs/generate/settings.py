"""The reference of the settings, from their fields."""

from pathlib import Path

from docs.generate.markdown import cell, table

PAGE = "reference/settings.md"
INTRODUCTION = """# Settings

Environment variables, or lines of a file `.env` in the working directory; the environment wins. A
name that is none is refused, with the nearest that is. `MOLWRIGHT_URL` and `MOLWRIGHT_API_KEY`
belong to [the client](../guides/client.md). `MOLWRIGHT_DATASETS_DIR` is read from the environment
alone.
"""


def pages() -> dict[str, str]:
    """Its page."""
    from app.settings import PREFIX, Settings

    rows = [
        (f"`{PREFIX}{name.upper()}`", cell(field.description or "", [_default(field.default)]))
        for name, field in Settings.model_fields.items()
    ]
    return {PAGE: f"{INTRODUCTION}\n{table(('variable', 'meaning'), rows)}\n"}


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"default `{str(value).lower()}`"
    if value is None or value == "":
        return "default: empty"
    return f"default `{value}`" if not isinstance(value, Path) else f"default `{value.as_posix()}`"
