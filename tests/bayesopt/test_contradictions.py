from __future__ import annotations

import pytest

from bayesopt.errors import SpecError
from bayesopt.spec import CampaignSpec


def logp_target(**members):
    return {"name": "logp", "direction": "target", **members}


def curve(name, *points):
    return {"name": name, "desirability": [{"x": x, "y": y} for x, y in points]}


def window(name, **bounds):
    return {"property": name, **bounds}


@pytest.mark.parametrize(
    ("objectives", "constraints", "pointer", "says"),
    [
        ([], [window("tpsa", max=50), window("tpsa", min=60)], "/constraints/1", "at least 60"),
        (
            [],
            [window("tpsa", min=1), window("hbd", max=2), window("hbd", min=3)],
            "/constraints/2",
            "hbd",
        ),
        ([], [window("qed", min=1.01)], "/constraints/0/min", "greatest value"),
        ([], [window("ring_count", max=-1)], "/constraints/0/max", "least value"),
        (
            [],
            [{"smarts": "c1ccncc1"}, {"smarts": " c1ccncc1", "required": False}],
            "/constraints/1",
            "both required and forbidden",
        ),
        ([{"name": "qed", "direction": "target", "target": 1.5}], [], "/target", "0 to 1"),
        ([{"name": "hbd", "direction": "target", "target": -1}], [], "/target", "0 to inf"),
        (
            [
                {
                    "name": "similarity",
                    "parameters": {"smiles": "C"},
                    "direction": "target",
                    "target": 2,
                }
            ],
            [],
            "/target",
            "0 to 1",
        ),
        ([curve("qed", (2, 0), (3, 1))], [], "/desirability", "any molecule can have"),
        ([logp_target(target=5, tolerance=1)], [window("logp", max=3.9)], "/target", "allow"),
        ([logp_target(target=-5)], [window("logp", min=0)], "/target", "out of reach"),
        ([curve("logp", (3, 0), (4, 1))], [window("logp", max=3)], "/desirability", "allow"),
        ([curve("sas", (1, 1), (2, 0))], [window("sas", min=2)], "/desirability", "2 to 10"),
    ],
)
def test_what_no_molecule_can_be_is_refused(objectives, constraints, pointer, says):
    data = {
        "objectives": objectives or [{"name": "pIC50", "source": "measured"}],
        "constraints": constraints,
    }
    with pytest.raises(SpecError, match=says) as refused:
        CampaignSpec.from_dict(data)
    expected = pointer if pointer.startswith("/constraints") else f"/objectives/0{pointer}"
    assert refused.value.pointer == expected


@pytest.mark.parametrize(
    ("objectives", "constraints"),
    [
        ([logp_target(target=5, tolerance=1)], [window("logp", max=4)]),
        ([{"name": "qed", "direction": "target", "target": 1}], []),
        ([curve("logp", (3, 0), (4, 1))], [window("logp", max=3.1)]),
        (
            [{"name": "logp"}],
            [window("tpsa", max=50), window("tpsa", min=50), window("hbd", min=1)],
        ),
        ([{"name": "logp"}], [{"smarts": "[#7]"}, {"smarts": "[#8]", "required": False}]),
        (
            [{"name": "qed", "source": "measured", "direction": "target", "target": 50}],
            [window("qed", max=0.5)],
        ),
    ],
)
def test_what_some_molecule_may_be_is_accepted(objectives, constraints):
    CampaignSpec.from_dict({"objectives": objectives, "constraints": constraints})
