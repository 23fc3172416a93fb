"""Another's campaign."""

import pytest

from app.access.actor import Scope
from app.campaigns.repository import CampaignRepository
from tests.app.campaigns.conftest import REQUEST
from tests.app.problems import check_problem

CALLS = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    *(("POST", f"/{action}") for action in ("start", "pause", "resume", "cancel")),
    ("POST", "/suggestions"),
    ("POST", "/results"),
    ("GET", "/trials"),
    ("GET", "/trials/0"),
    ("PATCH", "/trials/0"),
    *(("GET", f"/{part}") for part in ("best", "pareto", "export", "progress", "objectives")),
    ("GET", "/diagnosis"),
    ("GET", "/shares"),
    ("PUT", "/shares/carol"),
    ("DELETE", "/shares/carol"),
    ("GET", "/audit"),
]


def share(client, campaign, headers, owner, can_write):
    response = client.put(
        f"{campaign}/shares/{owner}", json={"can_write": can_write}, headers=headers
    )
    assert response.status_code == 200, response.text


def test_every_call_on_a_campaign_is_in_the_list(client):
    described = {
        (method.upper(), path)
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method in operations
        if path.startswith("/v1/campaigns/{")
    }
    listed = {
        (method, f"/v1/campaigns/{{campaign_id}}{end}")
        for method, end in CALLS
        for end in [end.replace("/trials/0", "/trials/{trial_id}").replace("carol", "{owner}")]
    }
    assert described == listed


@pytest.mark.parametrize(("method", "end"), CALLS)
def test_another_s_campaign_is_as_if_it_were_not(client, campaign, bob, method, end):
    foreign = client.request(method, f"{campaign}{end}", headers=bob)
    check_problem(foreign, 404, "not_found")
    absent_path = f"/v1/campaigns/{'0' * 32}"
    absent = client.request(method, f"{absent_path}{end}", headers=bob)
    assert absent.status_code == 404
    assert absent.text.replace("0" * 32, campaign.rpartition("/")[2]) == foreign.text


def test_what_is_shared_to_read_is_read(client, campaign, alice, bob):
    share(client, campaign, alice, "bob", can_write=False)
    for method, end in CALLS:
        response = client.request(method, f"{campaign}{end}", headers=bob)
        if method == "GET":
            assert response.status_code == (404 if end == "/trials/0" else 200), end
        else:
            check_problem(response, 403, "forbidden")


def test_what_is_shared_to_write_is_changed_but_neither_deleted_nor_shared(
    client, campaign, alice, bob
):
    share(client, campaign, alice, "bob", can_write=True)
    assert client.post(f"{campaign}/start", headers=bob).status_code == 202
    assert client.post(f"{campaign}/cancel", headers=bob).status_code == 202
    for method, end in (("DELETE", ""), ("PUT", "/shares/bob"), ("DELETE", "/shares/bob")):
        check_problem(client.request(method, f"{campaign}{end}", headers=bob), 403, "forbidden")
    assert client.delete(campaign, headers=alice).status_code == 204


def test_a_share_is_taken_back(client, campaign, alice, bob):
    share(client, campaign, alice, "bob", can_write=True)
    share(client, campaign, alice, "bob", can_write=False)
    found = client.get(f"{campaign}/shares", headers=bob).json()
    assert [(item["owner"], item["can_write"]) for item in found["items"]] == [("bob", False)]
    assert client.delete(f"{campaign}/shares/bob", headers=alice).status_code == 204
    check_problem(client.get(campaign, headers=bob), 404, "not_found")
    check_problem(client.delete(f"{campaign}/shares/bob", headers=alice), 404, "not_found")


def test_a_share_with_nobody_is_a_misspelt_one(client, campaign, alice):
    response = client.put(f"{campaign}/shares/bbo", json={}, headers=alice)
    check_problem(response, 422, "invalid_request", "/owner")


def test_the_list_shows_one_s_own_and_what_is_shared(client, campaign, alice, bob, root):
    def seen(headers):
        page = client.get("/v1/campaigns", headers=headers).json()
        assert page["total"] == len(page["items"])
        return [item["id"] for item in page["items"]]

    campaign_id = campaign.rpartition("/")[2]
    assert (seen(alice), seen(bob), seen(root)) == ([campaign_id], [], [campaign_id])
    share(client, campaign, alice, "bob", can_write=False)
    assert seen(bob) == [campaign_id]


def test_another_s_campaign_is_no_cursor(client, campaign, alice, bob):
    after = f"/v1/campaigns?after={campaign.rpartition('/')[2]}"
    assert client.get(after, headers=alice).status_code == 200
    check_problem(client.get(after, headers=bob), 404, "not_found")


def test_an_admin_may_do_everything(client, campaign, root, bob):
    share(client, campaign, root, "bob", can_write=True)
    assert client.get(campaign, headers=bob).json()["owner"] == "alice"
    assert client.delete(campaign, headers=root).status_code == 204


def test_the_owner_is_the_same_with_any_key(client, campaign, give):
    other = give("alice")
    assert client.post(f"{campaign}/start", headers=other).status_code == 202


def test_a_campaign_of_nobody_is_the_admins(client, campaign, sessions, alice, root):
    with sessions.begin() as session:
        CampaignRepository(session).get(campaign.rpartition("/")[2]).owner = None
    check_problem(client.get(campaign, headers=alice), 404, "not_found")
    assert client.get(campaign, headers=root).status_code == 200


def test_another_s_campaign_warms_no_start(client, campaign, alice, bob):
    request = REQUEST | {"initial": {"campaign_id": campaign.rpartition("/")[2]}}
    for path in ("/v1/campaigns", "/v1/campaigns/validate"):
        refused = client.post(path, json=request, headers=bob)
        check_problem(refused, 422, "invalid_request", "/initial/campaign_id")
    share(client, campaign, alice, "bob", can_write=False)
    assert client.post("/v1/campaigns", json=request, headers=bob).status_code == 201


def test_another_s_idempotency_key_answers_nothing(client, alice, bob):
    once = {"Idempotency-Key": "1"}
    first, again, other = (
        client.post("/v1/campaigns", json=REQUEST, headers=headers | once).json()
        for headers in (alice, alice, bob)
    )
    assert first == again
    assert other["owner"] == "bob"
    assert other["id"] != first["id"]


def test_the_audit_log_says_who_changed_what(client, campaign, alice, give, root):
    other = give("alice")
    trace = {"X-Request-ID": "my-trace.1"}
    patched = client.patch(campaign, json={"name": "renamed"}, headers=other | trace)
    assert patched.headers["X-Request-ID"] == "my-trace.1"
    client.post("/v1/properties", json={"smiles": ["C"]}, headers=alice)
    client.post(f"{campaign}/pause", headers=alice)  # 409: nothing changed
    told = [{"smiles": "C" * n, "values": {"qed": 0.5}} for n in range(1, 60)]
    assert client.post(f"{campaign}/results", json=told, headers=alice).status_code == 200
    results, rename, create = client.get(f"{campaign}/audit", headers=alice).json()["items"]
    campaign_id = campaign.rpartition("/")[2]
    assert create["action"] == "POST /v1/campaigns"
    assert create["changes"][0] == f"created campaigns {campaign_id}"
    assert rename["action"] == f"PATCH {campaign}"
    assert rename["request_id"] == "my-trace.1"
    assert rename["changes"] == [f"updated campaigns {campaign_id}"]
    assert {create["owner"], rename["owner"]} == {"alice"}
    assert create["key_id"] != rename["key_id"]
    assert len(results["changes"]) == 51
    assert results["changes"][-1].startswith("and ")


def test_the_audit_log_outlives_the_campaign_and_is_the_admins(client, campaign, alice, root):
    assert client.delete(campaign, headers=alice).status_code == 204
    check_problem(client.get("/v1/audit", headers=alice), 403, "forbidden")
    page = client.get("/v1/audit?limit=1&owner=alice", headers=root).json()
    assert (page["items"][0]["action"], page["total"]) == (f"DELETE {campaign}", 2)
    assert page["items"][0]["changes"] == ["deleted campaigns"]
    rest = client.get(f"/v1/audit?after={page['next']}", headers=root).json()
    assert [item["action"] for item in rest["items"]] == ["POST /v1/campaigns"]
    check_problem(client.get("/v1/audit?after=x", headers=root), 422, "invalid_request", "/after")


def test_a_replayed_request_is_no_change(client, alice, root):
    for _ in range(2):
        client.post("/v1/campaigns", json=REQUEST, headers=alice | {"Idempotency-Key": "1"})
    assert client.get("/v1/audit", headers=root).json()["total"] == 1


def test_the_shares_go_with_the_campaign(client, campaign, alice, bob, app):
    share(client, campaign, alice, "bob", can_write=False)
    assert client.delete(campaign, headers=alice).status_code == 204
    with app.state.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM campaign_shares").scalar() == 0


def test_scope_is_ordered():
    assert Scope.ADMIN.includes(Scope.READ)
    assert not Scope.READ.includes(Scope.WRITE)
