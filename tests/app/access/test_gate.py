"""A stranger at the door."""

import base64
from datetime import timedelta

import anyio
import pytest
import time_machine
from starlette.websockets import WebSocketDisconnect

from app.access import gate
from app.access.actor import Scope
from app.access.gate import PUBLIC, STORES_NOTHING
from app.access.keys import KeyRepository
from app.access.tables import KeyRow
from app.database import now
from tests.app.access.conftest import key_id
from tests.app.campaigns.conftest import REQUEST
from tests.app.problems import check_problem


def test_every_path_but_the_public_ones_asks_for_a_key(client):
    openapi = client.get("/openapi.json").json()
    for path, operations in openapi["paths"].items():
        for method in operations:
            if path not in PUBLIC:
                check_problem(client.request(method, path), 401, "unauthorized")
    for path in PUBLIC:
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/metrics",
        "//v1/campaigns",
        "/v1//campaigns",
        "/health/live/../../v1/campaigns",
        "/health/live/%2e%2e/%2e%2e/v1/campaigns",
        "/docs/../v1/campaigns",
        "/docs;/v1/campaigns",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/docs/oauth2-redirect",
        "/redoc",
    ],
)
def test_no_path_leads_around_the_gate(client, path):
    # A request as a hostile client writes it: httpx would tidy the path up.
    request = client.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    check_problem(client.send(request), 401, "unauthorized")


@pytest.mark.parametrize(
    "path", ["/v1/campaigns/%00", "/v1/campaigns?after=%00", "/v1/campaigns/a/shares/b%00"]
)
def test_a_name_that_no_database_keeps_is_refused(client, alice, path):
    check_problem(client.get(path, headers=alice), 422, "invalid_request")


def test_a_service_that_nobody_can_use_says_so(serve, sessions, give, caplog):
    def warnings():
        return [line for line in caplog.messages if "no key opens" in line]

    give("alice", expires_at=now() - timedelta(seconds=1))
    serve()
    assert len(warnings()) == 1
    give("alice")
    serve()
    assert len(warnings()) == 1


def test_no_websocket_leads_around_the_gate(client):
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/v1/campaigns"),
    ):
        pass
    assert closed.value.code == gate.POLICY_VIOLATION


def test_the_answer_says_how_to_send_a_key(client):
    response = client.get("/v1/campaigns")
    assert "molwright keys create" in response.json()["detail"]
    challenges = response.headers.get_list("www-authenticate")
    assert [challenge.partition(" ")[0] for challenge in challenges] == ["Bearer", "Basic"]


def test_a_key_opens(client, alice):
    assert client.get("/v1/whoami", headers=alice).json()["owner"] == "alice"
    key = alice["Authorization"].removeprefix("Bearer ")
    assert client.get("/v1/whoami", auth=("anything", key)).json()["owner"] == "alice"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer mw_",
        "Bearer mw_0123456789abcdef_" + "A" * 43,
        "Bearer ' OR 1=1 --",
        "Digest x",
        "Basic !",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"alice").decode(),
    ],
)
def test_what_is_no_key_does_not(client, header):
    response = client.get("/v1/campaigns", headers={"Authorization": header})
    check_problem(response, 401, "unauthorized")


def test_one_character_of_the_secret_matters(client, alice):
    value = alice["Authorization"]
    wrong = value[:-1] + ("A" if value[-1] != "A" else "B")
    check_problem(client.get("/v1/whoami", headers={"Authorization": wrong}), 401, "unauthorized")


def test_a_revoked_key_is_refused_from_the_next_request_on(client, alice, sessions):
    assert client.get("/v1/whoami", headers=alice).status_code == 200
    with sessions.begin() as session:
        KeyRepository(session).revoke(key_id(alice))
    body = check_problem(client.get("/v1/whoami", headers=alice), 401, "unauthorized")
    assert f"{key_id(alice)} was revoked" in body["detail"]


def test_an_expired_key_is_refused(client, give):
    valid = give("alice", expires_at=now() + timedelta(days=1))
    assert client.get("/v1/whoami", headers=valid).status_code == 200
    expired = give("alice", expires_at=now() - timedelta(seconds=1))
    body = check_problem(client.get("/v1/whoami", headers=expired), 401, "unauthorized")
    assert "expired" in body["detail"]


def test_the_database_holds_no_key(client, alice, sessions):
    secret = alice["Authorization"].split("_", maxsplit=2)[2]
    with sessions() as session:
        row = session.query(KeyRow).one()
        assert secret not in str(vars(row))
        assert len(row.secret_hash) == 64


def test_a_key_that_reads_computes_and_stores_nothing(client, give, campaign):
    reader = give("alice", Scope.READ)
    assert client.get(campaign, headers=reader).status_code == 200
    computed = client.post("/v1/properties", json={"smiles": ["C"]}, headers=reader)
    assert computed.status_code == 200
    assert client.post("/v1/campaigns/validate", json=REQUEST, headers=reader).status_code == 200
    for method, path in (
        ("POST", "/v1/campaigns"),
        ("POST", f"{campaign}/start"),
        ("PATCH", campaign),
        ("DELETE", campaign),
        ("PUT", f"{campaign}/shares/bob"),
        ("DELETE", "/v1/properties"),
    ):
        body = check_problem(client.request(method, path, headers=reader), 403, "forbidden")
        assert "scope write" in body["detail"]


def test_the_paths_that_store_nothing_exist(client):
    paths = client.get("/openapi.json").json()["paths"].keys()
    assert paths >= STORES_NOTHING


def test_the_body_of_a_stranger_is_not_read(app):
    sent = []

    async def receive():
        raise AssertionError("the body was read")

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/encode", "headers": []}
    scope["query_string"] = b""
    anyio.run(app, scope, receive, send)
    assert sent[0]["status"] == 401


def test_a_key_has_a_rate_of_its_own(client, give):
    slow, quick = give("alice", requests_per_minute=3), give("alice")
    answers = [client.get("/v1/whoami", headers=slow) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    check_problem(answers[-1], 429, "too_many_requests")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert client.get("/v1/whoami", headers=quick).status_code == 200


def test_a_clock_that_is_set_back_shuts_no_key_out(client, give):
    slow = give("alice", requests_per_minute=2)
    with time_machine.travel(timedelta(hours=1)):
        statuses = [client.get("/v1/whoami", headers=slow).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
    statuses = [client.get("/v1/whoami", headers=slow).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_other_keys_have_the_rate_of_the_service(serve, alice):
    client = serve(requests_per_minute=2)
    statuses = [client.get("/v1/whoami", headers=alice).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_a_key_has_a_size_of_its_own(client, give):
    small = give("alice", max_body_bytes=100)
    body = {"smiles": ["C" * 50] * 3}
    response = client.post("/v1/properties", json=body, headers=small)
    check_problem(response, 413, "too_large")
    assert client.post("/v1/properties", json=body, headers=give("alice")).status_code == 200


def test_the_refusals_are_described(client):
    operation = client.get("/openapi.json").json()["paths"]["/v1/campaigns"]["post"]
    assert {"401", "403", "429"} <= operation["responses"].keys()
    assert operation["security"] == [{"bearer": []}, {"basic": []}]
    assert "Retry-After" in operation["responses"]["429"]["headers"]
    live = client.get("/openapi.json").json()["paths"]["/health/live"]["get"]
    assert "401" not in live["responses"]


def test_a_bug_of_the_gate_lets_nobody_in(client, alice, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(gate.KeyRepository, "recognise", broken)
    check_problem(client.get("/v1/campaigns", headers=alice), 500, "internal_error")
