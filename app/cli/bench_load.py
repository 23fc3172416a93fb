"""``molwright bench load``: many clients that read, sample and run campaigns for some time."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import quantiles
from typing import NamedTuple

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from app.cli.bench_clients import READS, SHARES, WRITES, Ask, Client, Kind

MEMORY_SECONDS = 10
TIMEOUT = 600
"""Seconds an answer may take."""
RECORDS, RECORD_EVALUATIONS = 4, 100
"""Campaigns that are read where nothing else is done, and their size."""
HEADINGS = ("", "requests/s", "p50 ms", "p99 ms", "CPU ms", "come again", "errors")


class Usage(NamedTuple):
    """What the API's process says of itself."""

    cpu: float
    """Seconds of all its threads, so far."""
    memory: float
    """Resident bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """What became of requests that were made at one time."""

    kinds: dict[str, Kind]
    seconds: float
    cpu: float
    """Seconds of the API's process."""

    def whole(self) -> Kind:
        """All kinds together."""
        whole = Kind()
        for kind in self.kinds.values():
            whole.add(kind)
        return whole


def bench_load(
    url: str, clients: int, seconds: float, seed: int, *, reads: bool, alone: bool
) -> bool:
    """Print rate, latencies, CPU time, errors and memory of a service under ``clients``.

    Whether every answer was a success, or 429 or 503 with ``Retry-After``.

    Args:
        url: Of the service.
        clients: Requests under way at any time.
        seconds: For how long.
        seed: Decides who asks for what.
        reads: Only read, of campaigns that have ended.
        alone: One kind after the other rather than all at once, which tells what each costs.
    """
    kinds = READS if reads else READS | WRITES
    wanted = [{name: ask} for name, ask in kinds.items()] if alone else [kinds]
    parts, memory = asyncio.run(_run(url, wanted, clients, seconds, seed, ended=reads or alone))
    console = Console()
    console.print(_table(parts, f"{clients} clients for {seconds:g} s"))
    console.print("memory of the API, MB: " + " ".join(f"{size / 2**20:.0f}" for size in memory))
    return not any(part.whole().errors for part in parts)


async def _run(
    url: str,
    wanted: Sequence[dict[str, Ask]],
    clients: int,
    seconds: float,
    seed: int,
    *,
    ended: bool,
) -> tuple[list[Part], list[float]]:
    async with ClientSession(
        url, timeout=ClientTimeout(TIMEOUT), connector=TCPConnector(limit=0)
    ) as session:
        team = [Client(session, seed + n) for n in range(clients)]
        await _prepare(team, ended=ended)
        memory = asyncio.create_task(_memory(team[0], time.monotonic() + seconds))
        parts = [await _part(team, kinds, seconds / len(wanted)) for kinds in wanted]
        return parts, await memory


async def _prepare(team: Sequence[Client], *, ended: bool) -> None:
    """Give every client a campaign: its own, which runs, or one of a few that have ended."""
    if not ended:
        await asyncio.gather(*[_created(client) for client in team])
        return
    records = [await _created(client, RECORD_EVALUATIONS) for client in team[:RECORDS]]
    for path in records:
        while json.loads((await team[0].get(path)).body)["state"] in ("running", "waiting"):
            await asyncio.sleep(0.5)
    for client, path in zip(team, cycle(records), strict=False):
        client.campaign = path


async def _created(client: Client, evaluations: int = 24) -> str:
    while not client.campaign:
        await client.create(evaluations)
    return client.campaign


async def _part(team: Sequence[Client], kinds: dict[str, Ask], seconds: float) -> Part:
    found = {name: Kind() for name in kinds}
    before, began = await _usage(team[0]), time.monotonic()
    await asyncio.gather(*[_work(client, kinds, found, began + seconds) for client in team])
    lasted = time.monotonic() - began
    return Part(found, lasted, (await _usage(team[0])).cpu - before.cpu)


async def _work(client: Client, kinds: dict[str, Ask], found: dict[str, Kind], end: float) -> None:
    weights = [SHARES.get(name, 2) for name in kinds]
    while time.monotonic() < end:
        [name] = client.draw.choices(list(kinds), weights)
        began = time.perf_counter()
        try:
            answer = await kinds[name](client)
        except (ClientError, TimeoutError) as error:
            found[name].errors[type(error).__name__] += 1
            continue
        found[name].note(answer, time.perf_counter() - began)


async def _usage(client: Client) -> Usage:
    text = (await client.get("/metrics")).body.decode()
    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return Usage(samples["process_cpu_seconds_total"], samples["process_resident_memory_bytes"])


async def _memory(client: Client, end: float) -> list[float]:
    """Resident bytes of the API, every so many seconds."""
    sizes = []
    while time.monotonic() < end:
        sizes.append((await _usage(client)).memory)
        await asyncio.sleep(MEMORY_SECONDS)
    return sizes


def _table(parts: Sequence[Part], title: str) -> Table:
    table = Table(title=title)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    whole = Kind()
    for part in parts:
        whole.add(part.whole())
        for name, kind in part.kinds.items():
            # Of kinds that were asked for at once, nobody knows which took how much of it.
            cpu = part.cpu if len(part.kinds) == 1 else None
            table.add_row(name, *_row(kind, part.seconds, cpu))
    seconds, cpu = sum(part.seconds for part in parts), sum(part.cpu for part in parts)
    table.add_row("all", *_row(whole, seconds, cpu))
    return table


def _row(kind: Kind, seconds: float, cpu: float | None) -> Iterator[str]:
    yield f"{len(kind.seconds) / seconds:.1f}"
    if len(kind.seconds) > 1:
        cuts = quantiles(kind.seconds, n=100, method="inclusive")
        yield from (f"{1e3 * cuts[49]:.0f}", f"{1e3 * cuts[98]:.0f}")
    else:
        yield from ("", "")
    yield f"{1e3 * cpu / kind.number:.2f}" if cpu is not None and kind.number else ""
    for counted in (kind.refused, kind.errors):
        yield ", ".join(f"{number} x {what}" for what, number in counted.items())
