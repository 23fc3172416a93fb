"""The navigation, in which `folder/*` stands for pages that nobody has to list."""

from pathlib import Path
from typing import Any

ANY = "/*"


def pages_of(folder: str | Path) -> list[str]:
    """Paths of the Markdown files in a folder, relative to it."""
    root = Path(folder)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.md"))


def expand(nav: list[Any] | None, pages: list[str]) -> list[Any]:
    """``nav`` with every `folder/*` replaced by the folder's pages that it names nowhere else.

    A section that would be empty is left out.
    """
    named = set(_named(nav or []))
    return _expanded(nav or [], [page for page in pages if page not in named])


def _named(entry: Any) -> list[str]:  # noqa: ANN401
    if isinstance(entry, str):
        return [entry]
    parts = entry.values() if isinstance(entry, dict) else entry
    return [path for part in parts for path in _named(part)]


def _expanded(entries: list[Any], left: list[str]) -> list[Any]:
    found: list[Any] = []
    for entry in entries:
        if isinstance(entry, dict):
            [(title, inside)] = entry.items()
            if isinstance(inside, list):
                found.append({title: _expanded(inside, left)})
            elif not inside.endswith(ANY):
                found.append(entry)
            elif matching := _matching(inside, left):
                found.append({title: matching})
        elif entry.endswith(ANY):
            found += _matching(entry, left)
        else:
            found.append(entry)
    return found


def _matching(pattern: str, left: list[str]) -> list[str]:
    inside = [page for page in left if page.startswith(pattern.removesuffix("*"))]
    return sorted(inside, key=lambda page: (not page.endswith("/index.md"), page))
