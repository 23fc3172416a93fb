"""A service with the bundled model, and a browser that looks at it.

The browser is Debian's Chromium; without one these tests are skipped. Every page it opens must load
everything from the service, and leave its console without an error.
"""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.pages import assets
from tests.e2e.service import BUNDLED_MODEL, Service

AXE = assets.INSTALLED / "axe-core/axe.min.js"
QUIET = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SECONDS = 300
"""Patience with a busy machine."""


@pytest.fixture(scope="session")
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no Chromium; Debian's is in the package chromium")
    if assets.missing() or not AXE.is_file():
        pytest.skip("the assets of the pages are not installed; `make assets` does that")
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=SECONDS * 1_000)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("pages"), BUNDLED_MODEL)
    service.start()
    yield service
    service.close()


@pytest.fixture
def open_page(chromium, service):
    """Opens a page; after the test, nothing may have gone wrong on any."""
    wrong, contexts = [], []
    host = f"127.0.0.1:{service.port}"

    def look_at(request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            wrong.append(f"a request to {request.url}")

    def open_at(path, width=1280, theme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            base_url=f"http://{host}",
            accept_downloads=True,
        )
        context.set_default_timeout(SECONDS * 1_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", look_at)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
        page.goto(path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def violations():
    """What axe-core finds wrong with a page as it stands."""
    axe = AXE.read_text()

    def find(page):
        # Evaluated by the debugger, to which the page's own policy does not apply.
        page.evaluate(f"{axe};0")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [f"{item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]

    return find


@pytest.fixture(scope="session")
def finished(service):
    """The path of a campaign that has spent its budget."""
    path = service.run(
        name="drug-like",
        objectives=[{"name": "qed"}, {"name": "sas", "direction": "minimize"}],
        initial={"num_samples": 12},
        budget={"max_evaluations": 28},
        seed=3,
    )
    service.wait_for(path, "succeeded")
    return Path(path).name
