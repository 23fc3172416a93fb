"""The guide's commands exist with these arguments, and its settings are settings."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from app.cli import app
from app.settings import PREFIX, Settings

GUIDE = (Path(__file__).parents[2] / "docs/guides/deployment.md").read_text()
COMMANDS = [
    line[line.index("molwright ") :]
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
    for line in block.splitlines()
    if not line.startswith("export ")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_are_understood(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ".molwright" / "molwright.db"
    file.parent.mkdir()
    file.touch()
    _, name, *words = shlex.split(line)
    command = typer.main.get_command(app).commands[name]
    command.make_context(name, words)


def test_the_table_names_every_command_it_is_about():
    named = set(re.findall(r"^\| `molwright ([a-z-]+)` \|", GUIDE, re.M))
    assert named == {"serve", "worker", "migrate", "index", "copy-database"}


@pytest.mark.parametrize("name", sorted(set(re.findall(rf"{PREFIX}[A-Z_]+", GUIDE))))
def test_the_settings_exist(name):
    assert name.removeprefix(PREFIX).lower() in Settings.model_fields
