"""MkDocs' way in: adds the pages that are made from code, and draws the figures."""

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.generate import cards, figures, navigation, pages, score_tables
from docs.generate.markdown import typeset

MEASURED = (score_tables.PAGE, cards.FOLDER)
"""Pages of measured numbers."""

_made: dict[str, str] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write the pages, and name them all in the navigation."""
    _made.clear()
    _made.update(pages.generated())
    written = navigation.pages_of(config.docs_dir)
    config.nav = navigation.expand(config.nav, sorted({*written, *_made}))
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add them."""
    for path, text in _made.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:  # noqa: ANN401
    """Let the scoreboard ask for its figures, and typeset numbers where there are many."""
    path = page.file.src_uri
    if path == score_tables.PAGE:
        markdown = score_tables.with_figures(markdown)
    return typeset(markdown) if path.startswith(MEASURED) else markdown


def on_page_content(html: str, **_: Any) -> str:  # noqa: ANN401
    """Draw the figures that a page asks for."""
    return figures.draw(html)
