"""All pages that are made and not written."""

from pathlib import Path

from docs.generate import cards, commands, decisions, modules, rest, root_pages, settings

ROOT = Path(__file__).parents[2]


def generated() -> dict[str, str]:
    """Path in the documentation and Markdown of each."""
    return (
        rest.pages(rest.openapi())
        | modules.pages(ROOT)
        | commands.pages()
        | settings.pages()
        | cards.pages()
        | decisions.pages(ROOT)
        | root_pages.pages(ROOT)
    )
