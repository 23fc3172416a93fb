"""What the guide, the compose file and the image set exists."""

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from app.cli import app
from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/containers.md").read_text()
[MANIFEST] = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
COMPOSE = (ROOT / "docker-compose.yml").read_text()
IMAGE = (ROOT / "docker/Dockerfile").read_text()
PODS = [
    item["spec"]["template"]["spec"]
    for item in yaml.safe_load(MANIFEST)["items"]
    if "template" in item.get("spec", {})
]
OUTSIDE = {"MOLWRIGHT_PUBLISH"}
"""Read by compose alone."""


@pytest.mark.parametrize("text", [GUIDE, COMPOSE, IMAGE])
def test_every_setting_is_one(text):
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OUTSIDE
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text)) <= known


@pytest.mark.parametrize("text", [GUIDE, COMPOSE, IMAGE])
def test_every_command_is_one(text):
    found = set(re.findall(r"molwright[\"',]* [\"']*([a-z]+[a-z-]*)", text))
    assert found - {"molwright"} <= set(get_command(app).commands)
    assert found


def test_what_runs_can_neither_write_nor_rise():
    services = yaml.safe_load(COMPOSE)["services"]
    for name, service in services.items():
        assert service["read_only"], name
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert name == "postgres" or service["cap_drop"] == ["ALL"]
    for pod in PODS:
        assert pod["securityContext"]["runAsNonRoot"]
        [container] = pod["containers"]
        closed = container["securityContext"]
        assert closed["readOnlyRootFilesystem"]
        assert not closed["allowPrivilegeEscalation"]


def test_kubernetes_sets_nothing_of_its_own():
    assert len(PODS) == 3
    assert not any(pod["enableServiceLinks"] for pod in PODS)
