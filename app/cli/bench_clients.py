"""Who asks in ``molwright bench load``, for what, and what became of it.

They ask by aiohttp: httpx takes longer for a request than the service takes to answer it, and both
share the machine.
"""

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import ClientSession

CAMPAIGN: dict[str, Any] = {
    "objectives": [{"name": "qed"}],
    "initial": {"num_samples": 8},
    "optimizer": {"method": "random"},
}
BUSY = {429, 503}
"""Statuses of a service that has too much to do; they say when to come again."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str | None:
        """The problem's own name, where it is one."""
        try:
            code: str | None = json.loads(self.body).get("code")
        except (ValueError, AttributeError):
            return None
        return code


@dataclass(slots=True)
class Kind:
    """What became of the requests of one kind."""

    seconds: list[float] = field(default_factory=list)
    """Of each that was answered with success."""
    refused: Counter[str] = field(default_factory=Counter)
    """Those told to come again, by status."""
    errors: Counter[str] = field(default_factory=Counter)
    """All others, by status or name of the exception."""

    def note(self, answer: Answer, seconds: float) -> None:
        """Count an answer."""
        if answer.is_success:
            self.seconds.append(seconds)
        elif answer.status in BUSY and "Retry-After" in answer.headers:
            self.refused[str(answer.status)] += 1
        else:
            self.errors[f"{answer.status} {answer.code}"] += 1

    def add(self, other: "Kind") -> None:
        """Count what another has counted."""
        self.seconds += other.seconds
        self.refused += other.refused
        self.errors += other.errors

    @property
    def number(self) -> int:
        """Answers of any sort."""
        return len(self.seconds) + self.refused.total() + self.errors.total()


class Client:
    """One of many: it reads of a campaign, and draws what it does next."""

    def __init__(self, session: ClientSession, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311
        self.campaign = ""
        """Its path."""
        self._session = session

    async def get(self, path: str) -> Answer:
        """Read."""
        async with self._session.get(path) as response:
            return Answer(response.status, response.headers, await response.read())

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Have something done."""
        async with self._session.post(path, json=body) as response:
            return Answer(response.status, response.headers, await response.read())

    async def create(self, evaluations: int = 24) -> Answer:
        """A new campaign, which the reads are then about."""
        request = CAMPAIGN | {
            "seed": self.draw.randrange(2**31),
            "budget": {"max_evaluations": evaluations},
        }
        answer = await self.post("/v1/campaigns", request)
        if answer.is_success:
            self.campaign = answer.headers["Location"]
            answer = await self.post(f"{self.campaign}/start")
        return answer

    async def sample(self) -> Answer:
        """A few molecules."""
        body = {"num_molecules": 2, "temperature": 1.0, "seed": self.draw.randrange(2**31)}
        return await self.post("/v1/sample", body)

    async def encode(self) -> Answer:
        """Of one molecule."""
        return await self.post("/v1/encode", {"smiles": ["CC(=O)Nc1ccccc1"]})


Ask = Callable[[Client], Awaitable[Answer]]


def _read(end: str) -> Ask:
    return lambda client: client.get(f"{client.campaign}{end}")


def _get(path: str) -> Ask:
    return lambda client: client.get(path)


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
