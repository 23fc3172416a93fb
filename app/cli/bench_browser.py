"""How soon a browser has a page ready that it has never seen."""

import shutil
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from app.errors import ConfigurationError

TIMES = 3
"""Each page is opened so often, every time by a browser that has nothing of it."""

VIEW = (1280, 900)
"""Pixels, across and down."""

PAGES = {
    "campaign": "/campaigns/{id}",
    "its molecules": "/campaigns/{id}/molecules",
    "its Pareto front": "/campaigns/{id}/molecules?show=front",
    "a trial": "/campaigns/{id}/molecules/0",
    "its log": "/campaigns/{id}/log",
    "campaigns": "/campaigns",
    "new campaign": "/campaigns/new",
    "explore": "/explore?smiles=CCO",
    "map": "/map",
}

READY = """() => {
  if (document.readyState !== "complete") return null;
  const { innerHeight: height } = window;
  const drawings = [...document.images].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return top < height && bottom > 0;
  });
  const charts = [...document.querySelectorAll("[data-chart], .chart-area, #map")];
  const drawn = drawings.every((image) => image.complete && image.naturalWidth);
  return drawn && charts.every((chart) => chart.querySelector("canvas")) ? performance.now() : null;
}"""
"""Milliseconds since it was asked for, once all is there: charts, and drawings where they show."""


def bench_browser(address: str, campaign_id: str) -> None:
    """Print after how many milliseconds each page is ready, each time it is opened.

    Args:
        address: Of a service that has just started.
        campaign_id: The campaign whose pages are opened.

    Raises:
        ConfigurationError: there is no browser, or nothing to drive one with.
    """
    table = Table(title=f"ms until a page is ready, {VIEW[0]} x {VIEW[1]}")
    for heading in ("", "at first", *("again" for _ in range(TIMES - 1))):
        table.add_column(heading, justify="right")
    for name, times in _timed(address, campaign_id):
        table.add_row(name, *(f"{time:.0f}" for time in times))
    Console().print(table)


def _timed(address: str, campaign_id: str) -> Iterator[tuple[str, list[float]]]:
    try:
        from playwright.sync_api import ViewportSize, sync_playwright
    except ImportError as error:
        raise ConfigurationError("a browser needs Playwright: pip install playwright") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise ConfigurationError("no `chromium` is on the path; Debian has a package of that name")
    size: ViewportSize = {"width": VIEW[0], "height": VIEW[1]}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, path in PAGES.items():
            times = []
            for _ in range(TIMES):
                page = browser.new_page(base_url=address, viewport=size)
                page.goto(path.format(id=campaign_id), wait_until="commit")
                times.append(float(page.wait_for_function(READY, polling="raf").json_value()))
                page.close()
            yield name, times
        browser.close()
