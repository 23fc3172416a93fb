"""The list of the decisions, from their titles."""

from pathlib import Path

PAGE = "decisions/index.md"
INTRODUCTION = """# Decisions

One page each: what was to be decided, what was decided, and what follows. Newest first.
"""


def pages(root: Path) -> dict[str, str]:
    """Its page."""
    files = sorted((root / "docs/decisions").glob("[0-9]*.md"), reverse=True)
    lines = [f"- [{_title(file)}]({file.name})" for file in files]
    # A number at the beginning would be taken for a list within the list.
    return {PAGE: INTRODUCTION + "\n" + "\n".join(lines).replace(". ", " · ") + "\n"}


def _title(file: Path) -> str:
    return file.read_text().partition("\n")[0].removeprefix("# ")
