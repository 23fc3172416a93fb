"""The guide's commands exist with these options, and its tables name all there is."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import typer

from app.cli import app
from bayesopt.benchmark.tasks import TASKS
from bayesopt.spec import SearchMethod

GUIDE = (Path(__file__).parents[2] / "docs/guides/optimisation.md").read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.S) for line in block.splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_guide_are_understood(line):
    program, *words = shlex.split(line)
    assert program == "molwright"
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("command", words)


@pytest.mark.parametrize("name", [*get_args(SearchMethod), *TASKS])
def test_the_guide_has_a_row_for_every_method_and_task(name):
    assert f"\n| `{name}` |" in GUIDE
