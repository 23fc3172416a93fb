"""Bodies that want to do harm; `test_problems` and `test_limits` have some more."""

import csv
import io

import pytest

from app.campaigns.fields import MAX_JSON_DEPTH
from tests.app.campaigns.conftest import REQUEST
from tests.app.problems import check_problem

FORMULAS = ['=HYPERLINK("http://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]
FORMULAS += ["\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]


def nested(depth, kind):
    opened, closed = ('{"a":', "}") if kind == "object" else ("[", "]")
    return opened * depth + "1" + closed * depth


def post(client, path, body, headers):
    return client.post(path, content=body, headers=headers | {"Content-Type": "application/json"})


@pytest.mark.parametrize("depth", [MAX_JSON_DEPTH, 200, 500, 900, 3_000, 100_000])
@pytest.mark.parametrize("kind", ["object", "list"])
def test_what_nests_too_deep_is_refused_wherever_it_stands(client, campaign, alice, kind, depth):
    deep = nested(depth, kind)
    bodies = {
        "/v1/encode": f'{{"smiles": {deep}}}',
        "/v1/campaigns": f'{{"objectives": [{{"name": "qed", "parameters": {{"x": {deep}}}}}]}}',
        f"{campaign}/results": f'[{{"smiles": "C", "values": {{"qed": 1}}, "metadata": '
        f'{{"x": {deep}}}}}]',
    }
    for path, body in bodies.items():
        check_problem(post(client, path, body, alice), 422, "invalid_request")
    assert client.get(f"{campaign}/trials", headers=alice).json()["total"] == 0


def test_what_nests_as_deep_as_it_may_is_kept(client, campaign, alice):
    deep = nested(MAX_JSON_DEPTH - 1, "object")
    body = f'[{{"smiles": "C", "values": {{"qed": 1}}, "metadata": {{"x": {deep}}}}}]'
    assert post(client, f"{campaign}/results", body, alice).status_code == 200
    assert client.get(f"{campaign}/trials/0", headers=alice).status_code == 200
    assert client.get(f"{campaign}/export?format=json", headers=alice).status_code == 200


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_computes_nothing_of_an_export(client, campaign, alice, text):
    told = [{"smiles": "CCO", "values": {"qed": [-0.5, -0.25]}, "note": text}]
    assert client.post(f"{campaign}/results", json=told, headers=alice).status_code == 200
    exported = client.get(f"{campaign}/export?format=csv", headers=alice).text
    [row] = csv.DictReader(io.StringIO(exported, newline=""))
    assert row["note"] == f"'{text}"
    # Numbers stay numbers, the negative ones too.
    assert row["value:qed"] == "-0.375"
    assert row["replicates:qed"] == "-0.5 -0.25"


@pytest.mark.parametrize("text", ["\n>  <qed>\n1.0\n", "\n$$$$\n", "\r\n> <x>"])
def test_no_text_of_a_caller_becomes_a_record_of_an_sd_file(client, campaign, alice, text):
    request = REQUEST | {"objectives": [{"name": f"a{text}b", "source": "measured"}]}
    check_problem(client.post("/v1/campaigns", json=request, headers=alice), 422, "invalid_request")
    told = [{"smiles": "CCO", "values": {"qed": 0.5}, "note": text}]
    assert client.post(f"{campaign}/results", json=told, headers=alice).status_code == 200
    exported = client.get(f"{campaign}/export?format=sdf", headers=alice).text
    assert exported.count("$$$$") == exported.count("<qed>") == 1


def test_a_file_name_of_a_download_is_ours(client, alice, campaign):
    header = client.get(f"{campaign}/export", headers=alice).headers["content-disposition"]
    assert header == f"attachment; filename=campaign-{campaign.rpartition('/')[2]}.csv"
