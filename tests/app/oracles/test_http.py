"""The oracle of another service, which may do anything."""

import asyncio
import json

import httpx
import pytest

from app.oracles import http
from app.oracles.http import allow_http_oracles
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from tests.contracts.oracle import OracleContract

URL = "http://scores.example.org/batch"


class Service:
    """Answers in place of the network, and remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.replies = []
        """Used up first; afterwards each molecule's value is the length of its SMILES."""

    async def __call__(self, request):
        smiles = json.loads(request.content)["smiles"]
        self.asked.append(smiles)
        if self.replies:
            reply = self.replies.pop(0)
            return await reply(request) if callable(reply) else reply
        return httpx.Response(200, json={"values": [float(len(item)) for item in smiles]})


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setattr(http, "FIRST_WAIT_SECONDS", 0.0)
    service = Service()
    allow_http_oracles(["scores.example.org"], transport=lambda: httpx.MockTransport(service))
    yield service
    allow_http_oracles([])


def oracle_of(**parameters):
    return Objective("score", source="http", parameters={"url": URL, **parameters}).oracle()


class TestHttpOracle(OracleContract):
    @pytest.fixture
    def oracle(self, service):
        return oracle_of(batch_size=2)


def test_molecules_go_out_in_batches_and_null_is_no_value(service):
    service.replies = [httpx.Response(200, json={"values": [1, None]})]
    first, refusal, last = oracle_of(batch_size=2)(["C", "CC", "CCC"])
    assert service.asked == [["C", "CC"], ["CCC"]]
    assert (first, last) == (1.0, 3.0)
    assert refusal.code == "no_value"


async def _hangs(request):
    await asyncio.sleep(60)


class _Drip(httpx.AsyncByteStream):
    async def __aiter__(self):
        while True:
            yield b" "
            await asyncio.sleep(0.01)


class _Flood(httpx.AsyncByteStream):
    async def __aiter__(self):
        while True:
            yield b" " * 1000


async def _drips(request):
    return httpx.Response(200, stream=_Drip())


def _cannot_connect(request):
    raise httpx.ConnectError("no such host")


@pytest.mark.parametrize("reply", [httpx.Response(500), httpx.Response(503), _hangs])
def test_what_may_pass_is_tried_again(service, reply):
    service.replies = [reply, reply]
    assert oracle_of(timeout_s=0.3, retries=2)(["CC"]) == [2.0]
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("reply", "code", "says", "num_asked"),
    [
        (httpx.Response(500), "http_error", "HTTP 500", 2),
        (_hangs, "timeout", "within 0.3 s", 2),
        (_drips, "timeout", "within 0.3 s", 2),
        (httpx.Response(404), "http_error", "HTTP 404", 1),
        (httpx.Response(302, headers={"Location": "http://10.0.0.1/"}), "http_error", "302", 1),
        (httpx.Response(200, stream=_Flood()), "too_large", "longer than 10200 bytes", 1),
        (httpx.Response(200, text="<html>"), "not_json", "not JSON", 1),
        (httpx.Response(200, json=[1, 2]), "no_values", "values", 1),
        (httpx.Response(200, json={"values": 3}), "not_a_list", "3", 1),
        (httpx.Response(200, json={"values": [1]}), "wrong_length", "1 values came for 2", 1),
        (httpx.Response(200, text='{"values": [NaN, NaN]}'), "not_finite", "nan", 1),
        (httpx.Response(200, json={"values": ["a", True]}), "not_a_number", "no number", 1),
        (_cannot_connect, "unreachable", "no such host", 1),
    ],
)
def test_what_goes_wrong_refuses_its_molecules_and_no_others(service, reply, code, says, num_asked):
    service.replies = [reply] * num_asked
    *refused, last = oracle_of(timeout_s=0.3, retries=1, batch_size=2)(["C", "CC", "CCC"])
    assert [refusal.code for refusal in refused] == [code, code]
    assert says in refused[0].message
    assert last == 3.0
    assert len(service.asked) == num_asked + 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://other.example.org/", "'other.example.org' .port 80. is not allowed"),
        ("http://scores.example.org.evil.org/", "not allowed"),
        ("http://10.0.0.1/", "not allowed"),
        ("http://[::1]:8000/", "not allowed"),
        ("http://scores.example.org@10.0.0.1/", "password"),
        ("ftp://scores.example.org/", "http or https"),
        ("scores.example.org/batch", "http or https"),
        ("http://scores\x00.org/", "not a URL"),
        ("http://xn--/", "not a URL"),
    ],
)
def test_only_allowed_hosts_are_asked(service, url, says):
    with pytest.raises(SpecError, match=says) as refused:
        oracle_of(url=url)
    assert refused.value.pointer == "/parameters/url"


def test_a_host_may_be_allowed_on_one_port_and_in_any_case():
    allow_http_oracles(["Scores.example.org:8443", "127.0.0.1"])
    oracle_of(url="https://scores.Example.org:8443/x")
    oracle_of(url="http://127.0.0.1:9/x")
    with pytest.raises(SpecError, match="port 443"):
        oracle_of(url="https://scores.example.org/x")
    allow_http_oracles([])
    with pytest.raises(SpecError, match="MOLWRIGHT_ORACLE_HOSTS"):
        oracle_of(url="http://127.0.0.1:9/x")


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"timeout_s": 0}, "timeout_s"),
        ({"retries": 6}, "retries"),
        ({"retries": 1.5}, "retries"),
        ({"batch_size": 0}, "batch_size"),
        ({"url": 7}, "url"),
        ({"headers": {}}, "headers"),
    ],
)
def test_parameters_are_checked(service, parameters, pointer):
    with pytest.raises(SpecError) as refused:
        oracle_of(**parameters)
    assert refused.value.pointer == f"/parameters/{pointer}"
