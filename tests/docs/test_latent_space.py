"""The guide's Python runs, from top to bottom, and its commands exist with these options."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from app.molecules.schemas.sample import SampleRequest
from chemvae.cli import app

GUIDE = (Path(__file__).parents[2] / "docs/guides/latent-space.md").read_text()


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)


def test_the_python_of_the_guide_runs():
    blocks = _blocks("python")
    assert len(blocks) == 5
    exec("\n".join(blocks), {})  # noqa: S102


def test_the_request_of_the_guide_is_one():
    [block] = _blocks("json")
    assert SampleRequest.model_validate_json(block).labels == {"logp": 2.5}


@pytest.mark.parametrize("line", [line for block in _blocks("sh") for line in block.splitlines()])
def test_the_commands_of_the_guide_are_understood(line):
    program, name, *words = shlex.split(line, comments=True)
    assert program == "chemvae"
    command = typer.main.get_command(app).commands[name]
    command.make_context(name, words)
