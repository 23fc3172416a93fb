"""The guide's requests work, from top to bottom."""

import re
from pathlib import Path

from tests.app.bulk.conftest import parquet

GUIDE = Path(__file__).parents[3] / "docs/guides/bulk.md"
BLOCK = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```", re.S)


def test_the_requests_of_the_guide_work(client, run):
    blocks = BLOCK.findall(GUIDE.read_text())
    assert len(blocks) == 7
    path, answers = "", {}
    for method, template, body in blocks:
        url = template.replace("/v1/bulk/{id}", path)
        kind = {"Content-Type": "application/json"} if method == "POST" else {}
        response = client.request(method, url, content=body, headers=kind)
        assert response.is_success, (method, url, response.text)
        answers[template] = response
        if template == "/v1/bulk":
            path = response.headers["Location"]
        if method == "PUT":
            assert run(path)["state"] == "succeeded"
    (refused,) = answers["/v1/bulk/{id}/refused?limit=100"].json()["items"]
    assert (refused["line"], refused["name"]) == (3, "unclosed")
    table = parquet(answers["/v1/bulk/{id}/results?format=parquet"].content)
    assert table["name"].to_pylist() == ["aspirin", "ethanol", "benzene"]
    assert "tpsa" in answers["/v1/bulk/{id}/results?format=csv"].text
    assert client.get(path).status_code == 404
