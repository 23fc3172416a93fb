"""The guide's requests work, from top to bottom."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs/guides/campaigns.md"
BLOCK = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```", re.S)


def test_the_requests_of_the_guide_work(client):
    blocks = BLOCK.findall(GUIDE.read_text())
    assert len(blocks) == 11
    campaign_id = ""
    for method, path, body in blocks:
        url = path.replace("{id}", campaign_id)
        response = client.request(
            method, url, content=body, headers={"Content-Type": "application/json"}
        )
        assert response.is_success, (method, path, response.text)
        if path == "/v1/campaigns":
            campaign_id = response.json()["id"]
            assert response.json()["num_trials"] == 2
        if path.endswith("/pareto"):
            assert response.json()["total"] > 0
    assert client.get(f"/v1/campaigns/{campaign_id}").status_code == 404
