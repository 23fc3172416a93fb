"""Objectives that another service computes: a batch of SMILES posted, a batch of values back."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx
from pydantic import Field
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from app.oracles.addresses import PinnedTransport
from bayesopt.errors import OracleError, SpecError
from bayesopt.oracles import Direction, OracleSpec, register_source
from bayesopt.oracles.answers import checked, readable_answers, refused
from bayesopt.oracles.parameters import Parameters
from data.errors import Refusal

MAX_BYTES_PER_MOLECULE = 100
"""Of an answer: a number in full takes 25."""

MAX_BYTES_MORE = 10_000
"""Of an answer, whatever the number of molecules."""

FIRST_WAIT_SECONDS = 0.5
"""Wait before the first retry; it doubles from one to the next."""

MAX_WAIT_SECONDS = 10.0


class HttpParameters(Parameters):
    """Where to ask, and how patiently."""

    url: str = Field(
        max_length=2_000,
        description='Where to POST `{"smiles": [...]}` for `{"values": [number or null, ...]}`. '
        "The service's operator must have allowed the host.",
    )
    timeout_s: float = Field(
        30.0, gt=0, le=3_600, description="Seconds that one attempt may take in all."
    )
    retries: int = Field(
        2, ge=0, le=5, description="Further attempts after a timeout or an answer of 5xx."
    )
    batch_size: int = Field(64, ge=1, le=1_000, description="Most molecules in one request.")


HTTP = OracleSpec(
    name="http",
    unit="",
    direction=None,
    low=None,
    high=None,
    source="a service of your own",
    description="Values that another service computes.",
    parameters=HttpParameters.model_json_schema(),
)


class _PassingError(OracleError):
    """No values came, and another attempt may bring them."""


NewTransport = Callable[[], httpx.AsyncBaseTransport]


def allow_http_oracles(
    hosts: Sequence[str],
    *,
    private: bool = False,
    transport: NewTransport | None = None,
) -> None:
    """Let objectives of this process have the source ``http``, on these hosts alone.

    Args:
        hosts: Names or addresses, each with ``:port`` where only that port is meant.
        private: Ask a host also where its name leads to a private address.
        transport: Makes what stands in place of the network, for tests.
    """
    network = transport or partial(PinnedTransport, private)
    register_source(HTTP, partial(_build, tuple(hosts), network))


def _build(
    hosts: tuple[str, ...],
    transport: NewTransport,
    name: str,
    parameters: Mapping[str, Any],
    _: Direction,
) -> "HttpOracle":
    given = HttpParameters.read(name, parameters)
    if (why := _unusable(given.url, hosts)) is not None:
        raise SpecError(f"{name}: {why}", "/parameters/url")
    return HttpOracle(replace(HTTP, name=name), given, hosts, transport)


def _unusable(url: str, hosts: Sequence[str]) -> str | None:
    """Why ``url`` must not be asked.

    A host is allowed by its own name only, with no wildcards. Where the name leads is looked at
    when it is asked (``app.oracles.addresses``).
    """
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, ValueError) as error:
        return f"{url!r} is not a URL: {error}"
    if parsed.scheme not in ("http", "https") or not host:
        return f"{url!r} is not an http or https URL"
    if parsed.userinfo:
        return "the url holds a user or a password, which would be stored for all to read"
    port = parsed.port or {"http": 80, "https": 443}[parsed.scheme]
    if not {host, f"{host}:{port}"} & {name.lower() for name in hosts}:
        return (
            f"the host {host!r} (port {port}) is not allowed; whoever runs this service "
            "allows hosts by MOLWRIGHT_ORACLE_HOSTS"
        )
    return None


@dataclass(frozen=True, slots=True)
class HttpOracle:
    """Another service; whatever goes wrong with it refuses the molecules it was asked about."""

    spec: OracleSpec
    parameters: HttpParameters
    hosts: tuple[str, ...]
    transport: NewTransport = field(compare=False)
    """Makes one for each request: what was connected once may lead elsewhere later."""

    def __call__(self, smiles: Sequence[str]) -> list[float | Refusal]:
        """One value or ``Refusal`` per molecule, in order."""
        return readable_answers(smiles, self._ask)

    def _ask(self, smiles: Sequence[str]) -> list[float | Refusal]:
        size = self.parameters.batch_size
        batches = [smiles[start : start + size] for start in range(0, len(smiles), size)]
        return [answer for batch in batches for answer in self._ask_batch(batch)]

    def _ask_batch(self, smiles: Sequence[str]) -> list[float | Refusal]:
        attempts = Retrying(
            retry=retry_if_exception_type(_PassingError),
            stop=stop_after_attempt(1 + self.parameters.retries),
            wait=wait_exponential(multiplier=FIRST_WAIT_SECONDS, max=MAX_WAIT_SECONDS),
            reraise=True,
        )
        try:
            values = attempts(lambda: asyncio.run(self._attempt(smiles)))
        except OracleError as error:
            return refused(smiles, error.code, str(error))
        return checked(values, len(smiles))

    async def _attempt(self, smiles: Sequence[str]) -> object:
        if (why := _unusable(self.parameters.url, self.hosts)) is not None:
            raise OracleError("not_allowed", why)
        limit = self.parameters.timeout_s
        try:
            # Over all of it; httpx limits each read, of which a dripping answer has many.
            async with asyncio.timeout(limit):
                status, body = await self._post(smiles)
        except TimeoutError as error:
            raise _PassingError("timeout", f"no answer within {limit:g} s") from error
        except httpx.HTTPError as error:
            raise OracleError("unreachable", f"{type(error).__name__}: {error}") from error
        if status >= 500:
            raise _PassingError("http_error", f"the answer is HTTP {status}")
        if status != 200:
            raise OracleError("http_error", f"the answer is HTTP {status}, not 200")
        return _values(body)

    async def _post(self, smiles: Sequence[str]) -> tuple[int, bytes]:
        # With a transport of its own, the client takes no proxy from the environment, which would
        # reach other hosts than the one that is allowed.
        transport = self.transport()
        url, question = self.parameters.url, {"smiles": list(smiles)}
        limit = MAX_BYTES_PER_MOLECULE * len(smiles) + MAX_BYTES_MORE
        async with (
            httpx.AsyncClient(transport=transport, timeout=None) as client,  # noqa: S113
            client.stream("POST", url, json=question) as response,
        ):
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limit:
                    raise OracleError("too_large", f"the answer is longer than {limit} bytes")
        return response.status_code, body


def _values(body: bytes) -> object:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise OracleError("not_json", "the answer is not JSON") from error
    if not isinstance(answer, dict) or "values" not in answer:
        raise OracleError("no_values", 'the answer is no object with "values"')
    return answer["values"]
