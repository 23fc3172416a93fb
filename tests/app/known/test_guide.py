"""The guide's requests work, from top to bottom, and its commands exist with these options."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer

from app.campaigns.trial_replies import KnownReply
from app.cli import app as commands

GUIDE = (Path(__file__).parents[3] / "docs/guides/known-molecules.md").read_text()
BLOCK = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```", re.S)


def test_the_requests_of_the_guide_work(client, run, trained_on):
    blocks = BLOCK.findall(GUIDE)
    assert len(blocks) == 7
    path, answers = "", []
    for method, template, body in blocks:
        url = template.replace("/v1/bulk/{id}", path)
        content = body.replace("{id}", path.rpartition("/")[2])
        kind = {"Content-Type": "application/json"} if method == "POST" else {}
        response = client.request(method, url, content=content, headers=kind)
        assert response.is_success, (method, url, response.text)
        answers.append(response.json())
        if template == "/v1/bulk":
            path = path or response.headers["Location"]
        if method == "PUT":
            assert run(path)["state"] == "succeeded"
    by_bits, by_latent, _, _, both, listed, job = answers
    assert by_bits["in_training_set"] is False
    assert by_bits["num_compared"] == len(trained_on)
    for answer, key in ((by_bits, "fingerprint_distance"), (by_latent, "latent_distance")):
        distances = [item[key] for item in answer["neighbours"]]
        assert distances == sorted(distances)
        assert len(distances) == 5
    first, *others = both["neighbours"]
    assert (first["name"], first["same_compound"]) == ("aspirin", True)
    assert all(item["fingerprint_distance"] <= 0.7 for item in others)
    assert [item["name"] for item in listed["items"]] == ["our collection"]
    assert job["state"] == "draft"


@pytest.mark.parametrize(
    "line",
    [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.S) for line in block.splitlines()],
)
def test_the_commands_of_the_guide_are_understood(line):
    program, name, *words = shlex.split(line)
    assert program == "molwright"
    typer.main.get_command(commands).commands[name].make_context(name, words)


def test_what_a_suggestion_says_is_what_the_guide_shows():
    [shown] = re.findall(r"```json\n(.*?)```", GUIDE, re.S)
    example = json.loads(shown)
    assert KnownReply.model_validate(example).model_dump() == example
