"""Blocks of code of the documentation's pages."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pages() -> list[str]:
    """Paths of all pages with blocks that people wrote, relative to the repository."""
    folders = (ROOT, ROOT / "docs", ROOT / "docs/guides", ROOT / "docs/decisions")
    written = [path for folder in folders for path in sorted(folder.glob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in written if "```" in path.read_text()]


def languages(page: str) -> set[str]:
    """Of its blocks."""
    return set(re.findall(r"^```(\w*)\n.*?^```$", (ROOT / page).read_text(), re.M | re.S))


def blocks(page: str, language: str) -> list[str]:
    """Those of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)
