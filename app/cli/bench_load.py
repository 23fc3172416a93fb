"""``molwright bench load``: many clients that read, sample and run campaigns for some time."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

Ask = Callable[["Client"], Awaitable[httpx.Response]]

CAMPAIGN = {
    "objectives": [{"name": "qed"}],
    "initial": {"num_samples": 8},
    "optimizer": {"method": "random"},
    "budget": {"max_evaluations": 24},
}
MEMORY_SECONDS = 10
BUSY = {429, 503}
"""Statuses of a service that has too much to do; they say when to come again."""


@dataclass(slots=True)
class Kind:
    """What became of the requests of one kind."""

    seconds: list[float] = field(default_factory=list)
    """Of each that was answered with success."""
    refused: Counter[str] = field(default_factory=Counter)
    """Those told to come again, by status."""
    errors: Counter[str] = field(default_factory=Counter)
    """All others, by status or name of the exception."""

    def note(self, response: httpx.Response, seconds: float) -> None:
        """Count an answer."""
        if response.is_success:
            self.seconds.append(seconds)
        elif response.status_code in BUSY and "Retry-After" in response.headers:
            self.refused[str(response.status_code)] += 1
        else:
            self.errors[f"{response.status_code} {response.json().get('code')}"] += 1


class Client:
    """One of many: a campaign of its own, and whatever is drawn next."""

    def __init__(self, http: httpx.AsyncClient, seed: int) -> None:
        self.http = http
        self.draw = random.Random(seed)  # noqa: S311
        self.campaign = ""

    async def create(self) -> httpx.Response:
        """A new campaign, which the reads are then about."""
        request = CAMPAIGN | {"seed": self.draw.randrange(2**31)}
        response = await self.http.post("/v1/campaigns", json=request)
        if response.is_success:
            self.campaign = response.headers["Location"]
            response = await self.http.post(f"{self.campaign}/start")
        return response

    async def sample(self) -> httpx.Response:
        """A few molecules."""
        body = {"num_molecules": 2, "temperature": 1.0, "seed": self.draw.randrange(2**31)}
        return await self.http.post("/v1/sample", json=body)

    async def encode(self) -> httpx.Response:
        """Of one molecule."""
        return await self.http.post("/v1/encode", json={"smiles": ["CC(=O)Nc1ccccc1"]})


def _read(end: str) -> Ask:
    return lambda client: client.http.get(f"{client.campaign}{end}")


def _get(path: str) -> Ask:
    return lambda client: client.http.get(path)


READS: dict[str, Ask] = {
    "GET campaign": _read(""),
    "GET trials": _read("/trials?limit=20"),
    "GET best": _read("/best"),
    "GET progress": _read("/progress"),
    "GET campaigns": _get("/v1/campaigns?limit=10"),
    "GET oracles": _get("/v1/oracles"),
    "GET health": _get("/health/live"),
}
WRITES: dict[str, Ask] = {
    "POST sample": Client.sample,
    "POST encode": Client.encode,
    "POST campaign": Client.create,
}
SHARES = {"POST sample": 4, "POST encode": 2, "POST campaign": 0.2}
"""How often a kind is drawn; each of the reads: twice."""


def bench_load(http: httpx.Client, clients: int, seconds: float, seed: int, *, reads: bool) -> bool:
    """Print rate, latencies, errors and memory of a service under ``clients`` for ``seconds``.

    Whether every answer was a success, or 429 or 503 with ``Retry-After``.

    Args:
        http: Of the service, with its address and headers.
        clients: Requests under way at any time.
        seconds: For how long.
        seed: Decides who asks for what.
        reads: Only read.
    """
    kinds = READS if reads else READS | WRITES
    found, memory = asyncio.run(_run(http, kinds, clients, seconds, seed))
    console = Console()
    console.print(_table(found, seconds, clients))
    console.print("memory of the API, MB: " + " ".join(f"{size / 2**20:.0f}" for size in memory))
    return not any(kind.errors for kind in found.values())


async def _run(
    http: httpx.Client, kinds: dict[str, Ask], clients: int, seconds: float, seed: int
) -> tuple[dict[str, Kind], list[float]]:
    limits = httpx.Limits(max_connections=None)
    found = {name: Kind() for name in kinds}
    async with httpx.AsyncClient(
        base_url=http.base_url, headers=http.headers, timeout=600, limits=limits
    ) as asking:
        end = time.monotonic() + seconds
        memory = asyncio.create_task(_memory(asking, end))
        works = [_work(Client(asking, seed + n), kinds, found, end) for n in range(clients)]
        await asyncio.gather(*works)
        return found, await memory


async def _work(client: Client, kinds: dict[str, Ask], found: dict[str, Kind], end: float) -> None:
    while not client.campaign:
        await client.create()
    weights = [SHARES.get(name, 2) for name in kinds]
    while time.monotonic() < end:
        [name] = client.draw.choices(list(kinds), weights)
        began = time.perf_counter()
        try:
            response = await kinds[name](client)
        except httpx.HTTPError as error:
            found[name].errors[type(error).__name__] += 1
            continue
        found[name].note(response, time.perf_counter() - began)


async def _memory(http: httpx.AsyncClient, end: float) -> list[float]:
    """Resident bytes of the API, every so many seconds."""
    sizes = []
    while time.monotonic() < end:
        text = (await http.get("/metrics")).text
        sizes += [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "process_resident_memory_bytes"
        ]
        await asyncio.sleep(MEMORY_SECONDS)
    return sizes


def _table(found: dict[str, Kind], seconds: float, clients: int) -> Table:
    table = Table(title=f"{clients} clients for {seconds:g} s")
    for heading in ("", "requests/s", "p50 ms", "p99 ms", "come again", "errors"):
        table.add_column(heading, justify="right")
    whole = Kind()
    for name, kind in found.items():
        table.add_row(name, *_row(kind, seconds))
        whole.seconds += kind.seconds
        whole.refused += kind.refused
        whole.errors += kind.errors
    table.add_row("all", *_row(whole, seconds))
    return table


def _row(kind: Kind, seconds: float) -> Iterator[str]:
    yield f"{len(kind.seconds) / seconds:.1f}"
    if len(kind.seconds) > 1:
        cuts = quantiles(kind.seconds, n=100, method="inclusive")
        yield from (f"{1e3 * cuts[49]:.0f}", f"{1e3 * cuts[98]:.0f}")
    else:
        yield from ("", "")
    for counted in (kind.refused, kind.errors):
        yield ", ".join(f"{number} x {what}" for what, number in counted.items())
