"""What other pages in the same browser can make of a service."""

import pytest

from tests.app.problems import check_problem

FOREIGN = {"Origin": "https://evil.example"}


@pytest.fixture
def open_client(serve):
    """Asks for no keys, and is called by an address."""
    client = serve(require_keys=False)
    client.base_url = "http://127.0.0.1:8000"
    return client


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9000", "x"])
def test_another_page_changes_nothing(open_client, origin):
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = open_client.request(method, "/v1/campaigns", headers=headers)
        check_problem(response, 403, "foreign_origin")


def test_our_own_pages_do(open_client):
    body = {"smiles": ["C"]}
    for headers in (
        {},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "https://proxy.example", "Sec-Fetch-Site": "same-origin"},
    ):
        assert open_client.post("/v1/properties", json=body, headers=headers).status_code == 200


def test_no_other_page_reads_unless_allowed(open_client, serve):
    plain = open_client.get("/v1/models", headers=FOREIGN)
    assert "access-control-allow-origin" not in plain.headers
    preflight = open_client.options(
        "/v1/models", headers=FOREIGN | {"Access-Control-Request-Method": "GET"}
    )
    assert "access-control-allow-origin" not in preflight.headers


def test_an_allowed_origin_reads_and_changes_with_a_key(serve, alice):
    client = serve(cors_origins="https://lab.example")
    lab = {"Origin": "https://lab.example"}
    preflight = client.options(
        "/v1/properties",
        headers=lab
        | {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://lab.example"
    assert "access-control-allow-credentials" not in preflight.headers
    answer = client.post("/v1/properties", json={"smiles": ["C"]}, headers=lab | alice)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://lab.example"
    refused = client.post("/v1/properties", json={"smiles": ["C"]}, headers=FOREIGN | alice)
    check_problem(refused, 403, "foreign_origin")
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""]
)
def test_a_name_that_was_led_here_is_not_answered(open_client, host):
    response = open_client.get("/v1/campaigns", headers={"Host": host})
    body = check_problem(response, 403, "foreign_host")
    assert "MOLWRIGHT_TRUSTED_HOSTS" in body["detail"]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "192.168.1.4:80"])
def test_nobody_else_can_lead_an_address_or_localhost_here(open_client, host):
    assert open_client.get("/v1/campaigns", headers={"Host": host}).status_code == 200


def test_names_do_not_matter_where_a_key_is_asked_for_or_a_proxy_guards(serve, alice):
    host = {"Host": "molwright.example"}
    assert serve().get("/v1/campaigns", headers=host | alice).status_code == 200
    guarded = serve(require_keys=False, allow_remote=True)
    assert guarded.get("/v1/campaigns", headers=host).status_code == 200
    named = serve(require_keys=False, trusted_hosts="molwright.example")
    assert named.get("/v1/campaigns", headers=host).status_code == 200
