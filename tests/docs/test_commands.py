"""Every command on every page exists, with these arguments."""

import itertools
import re
import shlex
import tomllib
from dataclasses import fields

import pytest
from typer.main import get_command

from app.cli import app as molwright
from chemvae.cli import app as chemvae
from chemvae.config import ModelConfig, TrainConfig
from docs.blocks import ROOT, blocks, pages

PROGRAMS = {"molwright": molwright, "chemvae": chemvae}
ELSEWHERE = {"curl", "docker", "export", "while", "}'"}
"""Run, or left alone, by the tests of their pages."""
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
SETTINGS = {field.name for config in (ModelConfig, TrainConfig) for field in fields(config)}
FILE = re.compile(r"/?[\w.-]+(/[\w.-]+)*\.(db|csv|smi|sdf|backup)")


def _lines():
    for page in pages():
        for block in blocks(page, "sh") + blocks(page, "make"):
            for line in block.replace("\\\n", " ").splitlines():
                if line.strip() and not line.startswith(("#", " ")):
                    yield page, line


def _is_ours(line):
    return bool(re.match(r"(MOLWRIGHT_\w+=\S+ )*(\.venv/bin/)?(molwright|chemvae) ", line))


@pytest.mark.parametrize("line", [line for _, line in _lines() if _is_ours(line)])
def test_our_commands_are_understood(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = re.sub(r" >>? \S+$", "", line)  # the shell's
    words = [word for word in shlex.split(line, comments=True) if not word.startswith("MOLWRIGHT_")]
    name, *words = [_made(word, tmp_path) for word in words]
    command = get_command(PROGRAMS[name.removeprefix(".venv/bin/")])
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("command", words)
    assert {word.partition("=")[0] for word in _after("--set", words)} <= SETTINGS


def _made(word, folder):
    """The word; a file that it names is made, below the folder."""
    if not FILE.fullmatch(word):
        return word
    file = folder / word.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return str(file)


def _after(option, words):
    return [word for before, word in itertools.pairwise(words) if before == option]


@pytest.mark.parametrize("line", [line for _, line in _lines() if line.startswith("make ")])
def test_make_has_these_targets(line):
    words = shlex.split(line, comments=True)[1:]
    assert {word for word in words if "=" not in word} <= TARGETS


def test_no_other_program_is_called():
    def is_known(line):
        assigns = re.match(r"[A-Z]+='?\S", line)
        first = line.split()[0]
        return _is_ours(line) or assigns or first in ELSEWHERE | {"make", "python"}

    assert [(page, line) for page, line in _lines() if not is_known(line)] == []


def test_scripts_and_extras_that_are_named_exist():
    text = "\n".join((ROOT / page).read_text() for page in pages())
    scripts = re.findall(r"python (docs/\w+\.py)", text)
    assert scripts
    assert all((ROOT / script).exists() for script in scripts)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(re.findall(r"molwright\[(\w+)\]", text)) <= project["optional-dependencies"].keys()
