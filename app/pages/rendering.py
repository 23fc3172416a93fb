"""Templates in, pages out; and the few words and numbers that every template needs."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.background import BackgroundTask

from app.access.actor import ACTOR
from app.database import now
from app.molecules.depiction import Depiction, draw_ahead
from app.pages import assets, names, navigation

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
"""What a reader may choose; without a choice the browser's own is followed."""

NONE = "–"
"""Stands where there is no value."""

_SHOWN: ContextVar[list[Depiction]] = ContextVar("shown")
"""The drawings of the page that is being rendered."""


def render(request: Request, template: str, status: int = 200, **context: object) -> HTMLResponse:
    """The page, or the part of one."""
    theme = request.cookies.get(THEME_COOKIE, "")
    actor = ACTOR.get(None)
    shown: list[Depiction] = []
    before = _SHOWN.set(shown)
    try:
        html = ENVIRONMENT.get_template(template).render(
            context,
            here=navigation.current(request.url.path),
            places=navigation.PLACES,
            theme=theme if theme in THEMES else "",
            owner=actor.owner if actor else None,
            missing_assets=assets.missing(),
        )
    finally:
        _SHOWN.reset(before)
    # While the reader's browser takes the page apart.
    ahead = BackgroundTask(draw_ahead, shown)
    return HTMLResponse(html, status, {"Cache-Control": "private, no-cache"}, background=ahead)


def number(value: float | None, digits: int = 3) -> str:
    """With so many significant digits; integers whole; a dash for none."""
    if value is None:
        return NONE
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{int(value):,}"
    text = f"{value:#,.{digits}g}".removesuffix(".")
    return text if "e" not in text else f"{value:.{digits}g}"


def percent(share: float | None) -> str:
    """A share from 0 to 1, as whole percents."""
    return NONE if share is None else f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def duration(seconds: float | None) -> str:
    """A time in the largest unit that suits it."""
    if seconds is None:
        return NONE
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def ago(when: datetime | None) -> str:
    """How long it is since then."""
    if when is None:
        return NONE
    seconds = (now() - when).total_seconds()
    if seconds < 86_400:
        return f"{duration(max(0.0, seconds))} ago"
    return f"{when:%Y-%m-%d}"


def query(path: str, **parameters: object) -> str:
    """An address with the parameters that are not None."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def drawing(
    smiles: str, width: int, height: int, highlight: str | None = None, align: str | None = None
) -> str:
    """Where the drawing of a molecule is found."""
    depiction = Depiction(smiles, width, height, highlight or None, align or None)
    if (shown := _SHOWN.get(None)) is not None:
        shown.append(depiction)
    return query("/v1/molecules/depiction.svg", **asdict(depiction))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: Mapping[str, Any] = {
        "number": number,
        "percent": percent,
        "duration": duration,
        "ago": ago,
        "label": names.label,
        "goal": names.goal,
        "where": names.where,
        "goal_in_words": names.goal_in_words,
    }
    environment.filters.update(filters)
    environment.globals.update(
        static=assets.address, drawing=drawing, query=query, dash=NONE, states=names.STATES
    )
    return environment


ENVIRONMENT = _environment()


def compile_templates() -> None:
    """All of them, which takes a third of a second that no reader has to wait."""
    for name in ENVIRONMENT.list_templates():
        ENVIRONMENT.get_template(name)
