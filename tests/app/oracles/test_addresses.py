"""Server-side request forgery: what the service must not be made to ask."""

import asyncio
import http.server
import threading

import httpx
import pytest

from app.oracles.addresses import PinnedTransport, is_public
from app.oracles.http import allow_http_oracles
from bayesopt.objectives import Objective
from data.errors import Refusal

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "255.255.255.255",
    "224.0.0.1",
    "::",
    "::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2002:a01:203::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::7f00:1",
    "fec0::1",
    "3fff::1",
    "192.0.0.8",
    "nonsense",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_in_every_disguise(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1"]
)
def test_public_addresses(address):
    assert is_public(address)


class Network:
    """Remembers what reached it, and answers."""

    def __init__(self, *addresses):
        self.addresses = list(addresses)
        self.lookups = []
        self.requests = []

    async def resolve(self, host, port):
        self.lookups.append((host, port))
        if not self.addresses:
            raise OSError("no such host")
        found = self.addresses[0]
        if len(self.addresses) > 1:
            self.addresses.pop(0)
        return found

    def answer(self, request):
        self.requests.append(request)
        return httpx.Response(200, json={"values": [1.0]})

    def transport(self, allow_private=False):
        return PinnedTransport(allow_private, httpx.MockTransport(self.answer), self.resolve)

    def ask(self, url, **options):
        async def post():
            async with httpx.AsyncClient(transport=self.transport(**options)) as client:
                return await client.post(url, json={})

        return asyncio.run(post())


def test_the_address_that_was_checked_is_the_one_that_is_asked():
    network = Network(["8.8.8.8"], ["127.0.0.1"])  # the second look-up would lead here
    network.ask("https://scores.example.org:8443/batch")
    [request] = network.requests
    assert str(request.url) == "https://8.8.8.8:8443/batch"
    assert request.headers["Host"] == "scores.example.org:8443"
    assert request.extensions["sni_hostname"] == "scores.example.org"
    assert network.lookups == [("scores.example.org", 8443)]


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"]])
def test_a_name_that_leads_inside_is_not_asked(found):
    network = Network(found)
    with pytest.raises(httpx.ConnectError, match="private address"):
        network.ask("http://scores.example.org/")
    assert network.requests == []
    network.ask("http://scores.example.org/", allow_private=True)
    assert len(network.requests) == 1


def test_a_name_that_leads_nowhere():
    with pytest.raises(httpx.ConnectError, match="has no address: no such host"):
        Network().ask("http://scores.example.org/")


@pytest.mark.parametrize("host", ["10.0.0.1", "[::1]", "localhost"])
def test_an_address_that_the_operator_allowed_is_meant(host):
    network = Network()
    network.ask(f"http://{host}:8000/")
    assert network.lookups == []
    assert network.requests[0].url.port == 8000


def test_a_refused_name_refuses_its_molecules():
    network = Network(["169.254.169.254"])
    allow_http_oracles(["metadata.example.org"], transport=network.transport)
    try:
        parameters = {"url": "http://metadata.example.org/latest", "retries": 0}
        [refusal] = Objective("score", source="http", parameters=parameters).oracle()(["C"])
    finally:
        allow_http_oracles([])
    assert isinstance(refusal, Refusal)
    assert refusal.code == "unreachable"
    assert "169.254.169.254" in refusal.message
    assert network.requests == []


@pytest.fixture
def neighbour():
    """A real server on this machine's loopback, and the paths it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/redirect":
                self.send_response(307)
                self.send_header("Location", "/secret")
                self.end_headers()
                return
            body = b'{"values": [1.5]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_over_a_real_network_no_redirect_is_followed(neighbour):
    port, asked = neighbour
    allow_http_oracles([f"127.0.0.1:{port}"])
    try:

        def ask(path):
            parameters = {"url": f"http://127.0.0.1:{port}{path}", "retries": 0}
            return Objective("score", source="http", parameters=parameters).oracle()(["C"])

        assert ask("/") == [1.5]
        [refusal] = ask("/redirect")
    finally:
        allow_http_oracles([])
    assert "307" in refusal.message
    assert asked == ["/", "/redirect"]
