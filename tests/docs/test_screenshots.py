"""The pictures of the pages: those that the documentation shows are those that are taken."""

import re
from io import BytesIO

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


def test_a_picture_is_kept_with_few_colours(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")
    drawn = image.effect_noise((64, 64), 80).convert("RGB")
    sent = BytesIO()
    drawn.save(sent, "PNG")

    class Page:
        def goto(self, path):
            assert path == "/campaigns"

        def locator(self, shown):
            assert shown == "#there"
            return self

        first = property(lambda self: self)

        def wait_for(self): ...

        def wait_for_load_state(self, state): ...

        def wait_for_timeout(self, milliseconds): ...

        def screenshot(self):
            return sent.getvalue()

    monkeypatch.setattr(make_screenshots, "PICTURES", tmp_path)
    make_screenshots._take(Page(), "it", "/campaigns", "#there")
    kept = image.open(tmp_path / "it.png")
    assert kept.size == (64, 64)
    assert len(kept.getcolors()) <= COLOURS
