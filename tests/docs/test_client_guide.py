"""The guide's Python runs, from top to bottom, over a socket and with the bundled model."""

import re

import pytest
from rdkit import Chem

from app.client.client import URL_VARIABLE
from tests.e2e.service import BUNDLED_MODEL, ROOT, Service

GUIDE = (ROOT / "docs/guides/client.md").read_text()
BUDGET = re.compile(r"(?<=\"max_evaluations\": )200")
"""What the texts spend; the initial design alone is enough to see that they work."""

BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.S)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("client"), BUNDLED_MODEL)
    try:
        service.start()
        yield service
    finally:
        service.close()


def test_the_guide_does_what_it_says(service, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(URL_VARIABLE, f"http://127.0.0.1:{service.port}")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(BUDGET.sub("20", "\n".join(BLOCKS)), names)  # noqa: S102
    with names["client"]:
        _check(names, tmp_path, service)
    said = capsys.readouterr()
    assert "drug-like: 100%" in said.err
    assert "invalid_request /objectives/0/name" in said.out
    assert "never closes" in said.out or "unclosed ring" in said.out


def _check(names, folder, service):
    assert len(names["samples"].frame()) == 20
    assert len(list(Chem.SDMolSupplier(str(folder / "best.sdf")))) == 10
    assert (folder / "aspirin.svg").read_text().count("<svg") == 1
    info = names["campaign"].read()
    assert (info.state, info.num_evaluations) == ("succeeded", 20)
    assert len(names["best"]) == 5
    assert len(names["table"]) == info.num_trials
    assay = list(names["assay"].trials.select(status="evaluated"))
    assert len(names["asked"]) == 4
    assert len(assay) > 5
    ((stored,),) = service.sql("SELECT count(*) FROM trials WHERE status = 'evaluated'")
    assert stored == len(assay) + 20
    assert names["same"][0] == names["same"][1]


def test_the_readme_s_python_runs(service, monkeypatch, capsys):
    monkeypatch.setenv(URL_VARIABLE, f"http://127.0.0.1:{service.port}")
    [block] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    exec(BUDGET.sub("20", block), {})  # noqa: S102
    assert "value:qed" in capsys.readouterr().out


def test_the_loop_has_ten_lines():
    [loop] = [block for block in BLOCKS if "assay.ask()" in block]
    assert len([line for line in loop.splitlines() if line.strip()]) <= 10
