"""Pages of the repository's root that the site shows too."""

import re
from pathlib import Path

PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")


def pages(root: Path) -> dict[str, str]:
    """Path and Markdown of each, its links leading to where the site has the same."""
    return {
        page: LINK.sub(_moved, (root / name).read_text())
        for name, page in PAGES.items()
        if (root / name).exists()
    }


def _moved(link: re.Match[str]) -> str:
    target, anchor = link[1], link[2] or ""
    moved = PAGES.get(target, target.removeprefix("docs/"))
    return f"]({moved if Path(moved).suffix else f'{moved}/index.md'}{anchor})"
