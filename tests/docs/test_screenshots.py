"""The pictures of the pages: those that the documentation shows are those that are taken."""

import re
from io import BytesIO
from unittest.mock import MagicMock

import pytest

from docs.blocks import ROOT

pytest.importorskip("playwright")

from docs import make_screenshots
from docs.make_screenshots import COLOURS, PICTURES, VIEWS

SHOWN = re.compile(r"!\[([^\]]+)\]\(([^)]+assets/pages/[^)]+|assets/pages/[^)]+)\)")


def shown():
    """Path and alternative text of every picture of a page in the documentation."""
    for page in (ROOT / "docs").rglob("*.md"):
        for alternative, path in SHOWN.findall(page.read_text()):
            yield (page.parent / path).resolve(), alternative


def test_every_picture_is_there_is_taken_and_is_shown():
    pictures = {PICTURES / f"{name}.png" for name in VIEWS}
    assert {path for path, _ in shown()} == pictures
    assert set(PICTURES.iterdir()) == pictures


def test_they_are_small():
    assert all(path.stat().st_size < 150_000 for path in PICTURES.iterdir())


def test_a_picture_ends_where_its_page_does_and_has_few_colours(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")
    sent = BytesIO()
    image.effect_noise((1280, 900), 80).convert("RGB").save(sent, "PNG")
    page = MagicMock()
    page.screenshot.return_value = sent.getvalue()
    page.locator.return_value.evaluate.return_value = 300.4
    monkeypatch.setattr(make_screenshots, "PICTURES", tmp_path)
    make_screenshots._take(page, "it", "/campaigns", "#there")
    page.goto.assert_called_once_with("/campaigns")
    kept = image.open(tmp_path / "it.png")
    assert kept.size == (1280, 324)
    assert len(kept.getcolors()) <= COLOURS
