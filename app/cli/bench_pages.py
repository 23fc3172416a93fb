"""``molwright bench pages``: what the pages cost the service, on a campaign of many trials."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from statistics import median
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from app.errors import ConfigurationError

WARM = 5
"""Times that a page is asked for again."""

POLL_SECONDS = 2
"""A page asks so often whether something is new."""

AHEAD_SECONDS = 0.3
"""Until the service has drawn what a page is about to ask for, which its CPU time counts, too."""

BATCH = 100
DRAWING = re.compile(r'src="(/v1/molecules/depiction[^"]+)"')
POLL = "/campaigns/{id}/head?tab=molecules&seen={seen}"
PAGES = {
    "campaigns": "/campaigns",
    "new campaign": "/campaigns/new",
    "campaign": "/campaigns/{id}",
    "its charts' data": "/campaigns/{id}/points.json",
    "its Pareto front": "/campaigns/{id}/molecules?show=front",
    "its model, without the fits": "/campaigns/{id}/model",
    "its log": "/campaigns/{id}/log",
    "a trial": "/campaigns/{id}/molecules/0",
    "explore": "/explore",
    "comparison": "/compare?id={id}",
}
GRID = "/campaigns/{id}/molecules"


@dataclass(frozen=True, slots=True)
class Cost:
    """What the service has spent by now, as it says itself."""

    seconds: float
    """From requests to the ends of their answers, all together."""
    cpu: float
    """Of its process."""

    @classmethod
    def of(cls, http: httpx.Client) -> "Cost":
        """Read from ``/metrics``, whose own requests do not count."""
        samples = [
            sample
            for family in text_string_to_metric_families(http.get("/metrics").text)
            for sample in family.samples
        ]
        return cls(
            sum(
                sample.value
                for sample in samples
                if sample.name == "molwright_request_seconds_sum"
                and sample.labels["route"] != "/metrics"
            ),
            sum(s.value for s in samples if s.name == "process_cpu_seconds_total"),
        )

    def __sub__(self, before: "Cost") -> "Cost":
        return Cost(self.seconds - before.seconds, self.cpu - before.cpu)


def bench_pages(http: httpx.Client, campaign: dict[str, Any], tabs: int, seconds: float) -> None:
    """Print the time of each page, cold and warm, of a grid's drawings, and of open tabs.

    Args:
        http: Of a service that has just started, with its address and headers.
        campaign: What it says of the campaign whose pages are asked for.
        tabs: Pages of it that stay open.
        seconds: How long they do.
    """
    console = Console()
    http.headers["Accept"] = "text/html"
    address = {"id": campaign["id"]}
    table = Table(title=f"A campaign of {campaign['num_trials']:,} trials, ms of the service")
    for heading in ("", "cold", "its CPU", "warm", "its CPU", "kB"):
        table.add_column(heading, justify="right")
    table.add_row("molecules and their drawings", *_row(http, partial(_grid, http, address)))
    for name, path in PAGES.items():
        table.add_row(name, *_row(http, partial(_size, http, path.format(**address))))
    console.print(table)
    seen = _seen(http, campaign["id"])
    idle, _ = _watch(http, seconds, lambda: None, 1)
    polled, rate = _watch(http, seconds, lambda: http.get(POLL.format(seen=seen, **address)), tabs)
    console.print(
        f"CPU over {seconds:g} s, of one core: {idle:.1%} with no page open, "
        f"{polled:.1%} with {tabs} that ask every {POLL_SECONDS} s, {rate:.1f} times a second"
    )


def read_campaign(http: httpx.Client, campaign_id: str) -> dict[str, Any]:
    """One that is there."""
    return dict(http.get(f"/v1/campaigns/{campaign_id}").raise_for_status().json())


def run_campaign(http: httpx.Client, trials: int, seed: int) -> dict[str, Any]:
    """A campaign of so many random draws, once it has ended."""
    wanted = {
        "name": f"{trials:,} random draws",
        "objectives": [
            {"name": "qed"},
            {"name": "sas", "direction": "minimize"},
            {"name": "logp", "direction": "target", "target": 2.5, "tolerance": 0.5},
        ],
        "initial": {"num_samples": min(trials, BATCH)},
        "optimizer": {"method": "random"},
        "budget": {"max_evaluations": trials},
        "batch_size": BATCH,
        "seed": seed,
    }
    answer = http.post("/v1/campaigns", json=wanted).raise_for_status()
    path = answer.headers["Location"]
    http.post(f"{path}/start").raise_for_status()
    while (campaign := http.get(path).raise_for_status().json())["state"] == "running":
        time.sleep(1)
    if campaign["state"] != "succeeded":
        raise ConfigurationError(f"the campaign is {campaign['state']}: {campaign['reason']}")
    return dict(campaign)


def _size(http: httpx.Client, path: str) -> int:
    return len(http.get(path).raise_for_status().content)


def _grid(http: httpx.Client, address: dict[str, Any]) -> int:
    """A page of molecules and, at once, the drawings that it shows: bytes of all."""
    page = http.get(GRID.format(**address)).raise_for_status()
    drawings = [unescape(found) for found in DRAWING.findall(page.text)]
    return len(page.content) + sum(_size(http, drawing) for drawing in drawings)


def _row(http: httpx.Client, fetch: Callable[[], int]) -> Iterator[str]:
    def ask() -> tuple[Cost, int]:
        before = Cost.of(http)
        size = fetch()
        time.sleep(AHEAD_SECONDS)
        return Cost.of(http) - before, size

    cold, size = ask()
    warm = [ask()[0] for _ in range(WARM)]
    yield f"{1e3 * cold.seconds:.0f}"
    yield f"{1e3 * cold.cpu:.0f}"
    yield f"{1e3 * median(cost.seconds for cost in warm):.0f}"
    yield f"{1e3 * sum(cost.cpu for cost in warm) / WARM:.0f}"
    yield f"{size / 1e3:,.0f}"


def _seen(http: httpx.Client, campaign_id: str) -> str:
    """The version that a page of the campaign remembers."""
    head = http.get(f"/campaigns/{campaign_id}/head").raise_for_status().text
    [seen] = re.findall(r'data-seen="([^"]+)"', head)
    return unescape(seen)


def _watch(
    http: httpx.Client, seconds: float, ask: Callable[[], object], tabs: int
) -> tuple[float, float]:
    """Share of a core that the service takes while each of ``tabs`` asks, and how often they do."""
    before, began = Cost.of(http), time.monotonic()
    number = max(1, int(seconds / POLL_SECONDS * tabs))
    for nth in range(1, number + 1):
        ask()
        time.sleep(max(0.0, began + nth * POLL_SECONDS / tabs - time.monotonic()))
    passed = time.monotonic() - began
    return (Cost.of(http) - before).cpu / passed, number / passed
