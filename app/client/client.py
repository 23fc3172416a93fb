"""The client: an address and a key, and the resources of the service behind them."""

import os
from types import TracebackType
from typing import Self

import httpx

from app.client.access import Access
from app.client.bulk import Bulk
from app.client.campaigns import Campaigns
from app.client.health import Health
from app.client.models import Models
from app.client.molecules import Molecules
from app.client.oracles import Oracles
from app.client.retries import Retries
from app.client.transport import Transport

URL_VARIABLE = "MOLWRIGHT_URL"
KEY_VARIABLE = "MOLWRIGHT_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8000"
"""Where `molwright serve` listens out of the box."""

CONNECT_SECONDS = 10.0


class Client:
    """A Molwright service; close it, or use it in a ``with``, when done.

    Args:
        url: Where the service is; None: `MOLWRIGHT_URL`, or where one listens on this machine.
        api_key: `mw_...`; None: `MOLWRIGHT_API_KEY`, or no key.
        timeout: Seconds to wait for an answer; the service itself gives up earlier by default.
        retries: How often and how patiently a call is tried again.
        transport: How requests are sent; None: over the network.

    Attributes:
        health: Is it there.
        models: Its models and their cards.
        molecules: Encode, decode, sample, compute, draw.
        oracles: What it can compute.
        campaigns: Searches, with every molecule tried.
        bulk: One operation on every row of a library.
        access: Who the key belongs to, and who changed what.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        timeout: float = 600.0,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        key = (api_key or os.environ.get(KEY_VARIABLE, "")).strip()
        self._http = httpx.Client(
            base_url=url or os.environ.get(URL_VARIABLE) or DEFAULT_URL,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            transport=transport,
        )
        sender = Transport(self._http, retries or Retries())
        self.health = Health(sender)
        self.models = Models(sender)
        self.molecules = Molecules(sender)
        self.oracles = Oracles(sender)
        self.campaigns = Campaigns(sender)
        self.bulk = Bulk(sender)
        self.access = Access(sender)

    def __repr__(self) -> str:
        return f"Client({str(self._http.base_url)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()
