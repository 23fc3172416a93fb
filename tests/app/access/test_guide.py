"""The commands and requests of the guide work, from top to bottom."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app as molwright

GUIDE = Path(__file__).parents[3] / "docs/guides/security.md"
COMMANDS = re.compile(r"```sh\n(.*?)```", re.S)
REQUESTS = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```", re.S)


def test_the_guide_works(client, campaign, alice, settings, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOLWRIGHT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MOLWRIGHT_DATABASE_URL", settings.database_url)
    [commands] = COMMANDS.findall(GUIDE.read_text())
    for line in commands.splitlines():
        name, *arguments = shlex.split(line)
        assert name == "molwright"
        result = CliRunner().invoke(molwright, arguments)
        assert result.exit_code == 0, (line, result.output)
    requests = REQUESTS.findall(GUIDE.read_text())
    assert len(requests) == 5
    for method, path, body in requests:
        response = client.request(
            method,
            path.replace("{id}", campaign.rpartition("/")[2]),
            content=body,
            headers=alice | {"Content-Type": "application/json"},
        )
        assert response.is_success, (method, path, response.text)
        if path.endswith("/audit"):
            actions = [item["action"].partition(" ")[0] for item in response.json()["items"]]
            assert actions == ["DELETE", "PUT", "POST"]
