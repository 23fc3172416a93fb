"""Run a campaign with the bundled model, and keep what its pages look like.

make docs-pictures
"""

import shutil
import time
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.cli.own_service import own_service
from docs.blocks import ROOT

PICTURES = ROOT / "docs/assets/pages"
SIZE = {"width": 1280, "height": 900}
COLOURS = 256
"""Of a picture; a page has few, and its file is a third of the size."""

MARGIN = 24
"""Pixels that are kept below what a short page has to show."""

PATIENCE = 600
"""Seconds that a page may take on a machine that does other things besides."""

VIEWS = {
    "campaigns": ("/campaigns", ".spark"),
    "new-campaign": ("/campaigns/new?recipe=drug-like", "#check .facts"),
    "campaign": ("/campaigns/{id}", "#chart-best canvas"),
    "molecules": ("/campaigns/{id}/molecules?show=front", "#grid"),
    "model": ("/campaigns/{id}/model", "#fits canvas"),
    "molecule": ("/campaigns/{id}/molecules/{best}", "dd:text('decodes')"),
    "explore": ("/explore?smiles={smiles}&num_molecules=12&seed=1", ".place"),
    "map": ("/map?campaign={id}", "#map canvas"),
}
"""The pages, and what is to be seen on each before it is kept."""

WANTED = {
    "objectives": [{"name": "qed"}, {"name": "sas", "direction": "minimize"}],
    "constraints": [{"property": "molecular_weight", "max": 450}],
    "initial": {"num_samples": 20},
    "batch_size": 8,
    "budget": {"max_evaluations": 100},
    "seed": 3,
}
CAMPAIGNS = (
    {"name": "Random draws", "optimizer": {"method": "random"}},
    {"name": "Drug-like and easy to make"},
)
"""What is run, the last to be looked at."""


def main() -> None:
    """Replace the pictures by those of a new run."""
    with own_service("zinc250k", WORKERS="1") as http:
        for changes in CAMPAIGNS:
            campaign = _run(http, WANTED | changes)
        best = http.get(f"/v1/campaigns/{campaign['id']}/best").json()["items"][0]
        named = {
            "id": campaign["id"],
            "best": best["trial_id"],
            "smiles": quote(best["smiles"], safe=""),
        }
        PICTURES.mkdir(exist_ok=True)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(base_url=str(http.base_url), viewport=SIZE)
            page.set_default_timeout(1_000 * PATIENCE)
            for name, (path, shown) in VIEWS.items():
                _take(page, name, path.format(**named), shown)
            browser.close()


def _run(http: httpx.Client, wanted: dict[str, Any]) -> dict[str, Any]:
    path = http.post("/v1/campaigns", json=wanted).raise_for_status().headers["Location"]
    http.post(f"{path}/start").raise_for_status()
    while (campaign := http.get(path).json())["state"] == "running":
        time.sleep(1)
    return dict(campaign)


def _take(page: Page, name: str, path: str, shown: str) -> None:
    page.goto(path)
    page.locator(shown).first.wait_for()
    page.wait_for_load_state("networkidle")
    # A chart draws once more when its place has its size.
    page.wait_for_timeout(1_000)
    shown_until = page.locator("main").evaluate(
        "main => Math.max(...[...main.children].map((e) => e.getBoundingClientRect().bottom))"
    )
    height = min(SIZE["height"], int(shown_until) + MARGIN)
    picture = (
        Image.open(BytesIO(page.screenshot())).convert("RGB").crop((0, 0, SIZE["width"], height))
    )
    # The colours that lie apart from all others are few pixels, and the ones that say something.
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
