"""The site is built without a warning, and asks no other host for anything."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from docs.blocks import ROOT
from docs.generate import score_tables

pytest.importorskip("mkdocs", reason="MkDocs is not installed: pip install 'molwright[docs]'")

LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "image": "href",
    "use": "href",
}
FETCHED = {"stylesheet", "icon", "preload", "preconnect", "modulepreload", "dns-prefetch"}
"""What a page loads by itself, beside links of these kinds."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return folder


class Loaded(HTMLParser):
    """What a page loads by itself, and how many figures are in it."""

    def __init__(self, html):
        super().__init__()
        self.urls, self.drawn = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in LOADS and LOADS[tag] in found:
            self.urls.append(found[LOADS[tag]])
        if tag == "link" and FETCHED & set((found.get("rel") or "").split()):
            self.urls.append(found["href"])
        self.drawn += tag == "figure" and found.get("class") == "drawn"


def _read(site, page):
    return (site / page).read_text()


def test_no_page_loads_anything_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    urls = {url for page in pages for url in Loaded(page.read_text()).urls}
    assert len(pages) > 60
    assert any(url.endswith(".css") for url in urls)
    assert [url for url in urls if re.match(r"(https?:)?//", url)] == []


def test_no_style_loads_anything_from_elsewhere(site):
    text = "\n".join(path.read_text() for path in site.rglob("*.css"))
    assert text
    assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']*", text) == []


def test_a_browser_would_refuse_it(site):
    for page in site.rglob("*.html"):
        assert "default-src 'self'" in page.read_text(), page


def test_the_references_are_complete(site):
    http = _read(site, "reference/http/campaigns/index.html")
    assert "/v1/campaigns/{campaign_id}/suggestions" in http
    assert "campaignrequest" in _read(site, "reference/http/schemas/index.html")
    assert "app.client.campaign.Campaign.ask" in _read(
        site, "reference/python/app.client/index.html"
    )
    assert "molwright copy-database" in _read(site, "reference/commands/index.html")
    assert "MOLWRIGHT_MODEL_QUEUE" in _read(site, "reference/settings/index.html")


def test_figures_are_drawn(site):
    tasks = [name for name in score_tables.sections() if score_tables.task(name)]
    models = [name for name in score_tables.sections() if score_tables.shares(name)]
    assert (len(tasks), models) == (5, ["zinc250k", "qm9"])
    assert Loaded(_read(site, "scoreboard/index.html")).drawn == len(tasks) + len(models)
    assert Loaded(_read(site, "architecture/index.html")).drawn == 3
    for page in site.rglob("*.html"):
        assert "<!-- figure" not in page.read_text(), page


def test_what_is_not_a_page_is_left_out(site):
    assert list(site.rglob("*.py")) == []
