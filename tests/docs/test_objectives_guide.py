"""The guide's Python runs, and its objectives are accepted."""

import json
import re

import pytest

from app.campaigns.objective_schemas import ObjectiveSchema
from app.oracles.http import allow_http_oracles
from tests.e2e.service import ROOT

GUIDE = (ROOT / "docs/guides/objectives.md").read_text()


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)


def test_the_python_runs():
    names = {}
    exec("\n".join(_blocks("python")), names)  # noqa: S102
    assert names["docking"](["CCO", "C.C"]) == [3.0, None]


@pytest.mark.parametrize("block", _blocks("json"))
def test_the_objectives_are_accepted(block):
    allow_http_oracles(["scores.example.org"])
    objective = ObjectiveSchema.model_validate(json.loads(block)).to_domain()
    allow_http_oracles([])
    assert objective.to_dict().items() >= json.loads(block).items()
