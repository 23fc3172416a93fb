"""Connects to the address that was checked, and to no other (server-side request forgery).

An operator allows hosts by name; where a name leads is decided by whoever runs its DNS, anew for
every look-up. So a name is looked up once for each request, every address it has must be a public
one, and the connection goes to one of these: there is no second look-up to answer otherwise.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is meant."""


_UNICAST = ipaddress.ip_network("2000::/3")
"""RFC 4291: all that IPv6 has of global unicast. The rest is old, local, or IPv4 in disguise."""

_RESERVED = tuple(ipaddress.ip_network(net) for net in ("192.0.0.0/24", "3fff::/20"))
"""RFC 6890 and 9637: what older versions of Python take for global."""


class PinnedTransport(httpx.AsyncBaseTransport):
    """The network, but for private addresses that nobody allowed.

    Args:
        allow_private: Let names lead to private addresses.
        network: What sends the request; for tests.
        resolve: The addresses of a host; for tests.
    """

    def __init__(
        self,
        allow_private: bool,
        network: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._network = network or httpx.AsyncHTTPTransport()
        self._resolve = resolve or _resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to an address that may be asked.

        Raises:
            httpx.ConnectError: the host has no address, or one that must not be asked.
        """
        host = request.url.host
        if not is_named_as_it_is(host):
            request.extensions = {**request.extensions, "sni_hostname": host}
            # The Host header was made from the name, and stays.
            request.url = request.url.copy_with(host=await self._address(request.url))
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._network.aclose()

    async def _address(self, url: httpx.URL) -> str:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await self._resolve(url.host, port)
        except OSError as error:
            raise httpx.ConnectError(f"{url.host!r} has no address: {error}") from error
        if not self._allow_private:
            for address in found:
                if not is_public(address):
                    raise httpx.ConnectError(
                        f"{url.host!r} leads to the private address {address}; whoever runs this "
                        "service allows that by MOLWRIGHT_ORACLE_PRIVATE"
                    )
        return found[0]


def is_named_as_it_is(host: str) -> bool:
    """Whether the host's name is its address, so that the operator who allowed it meant it."""
    return host == "localhost" or _parsed(host) is not None


def is_public(address: str) -> bool:
    """Whether everybody reaches the same machine by it; of one in disguise, the one meant."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = _inner(parsed)
    if parsed is None or any(parsed in network for network in _RESERVED):
        return False
    is_unicast = parsed in _UNICAST if parsed.version == 6 else not parsed.is_multicast
    return parsed.is_global and is_unicast


def _inner(address: ipaddress.IPv6Address) -> Address:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _parsed(address: str) -> Address | None:
    try:
        return ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
