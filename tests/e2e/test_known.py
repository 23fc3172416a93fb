"""A library that a real worker makes is searched over HTTP, and told of in a campaign's trials."""

import subprocess
import sys

import pytest

from tests.e2e.service import ROOT, Service
from tests.toys import library

MINE = library()[60:66]
TRAINED_ON = library()[:20]


@pytest.fixture(scope="module")
def service(tmp_path_factory, database_url):
    service = Service(tmp_path_factory.mktemp("known"), database_url=database_url)
    try:
        service.start()
        yield service
    finally:
        service.close()


def _index(service):
    """`molwright index`, while the service runs."""
    source = service.folder / "trained_on.smi"
    source.write_text("".join(f"{smiles}\n" for smiles in TRAINED_ON))
    command = "from app.cli import app; app()"
    subprocess.run(  # noqa: S603
        [sys.executable, "-c", command, "index", "--source", str(source)],
        env={**service.settings, "PATH": ""},
        cwd=ROOT,
        check=True,
    )


def _library(service):
    job = service.post("/v1/bulk", {"operation": {"kind": "library"}})
    path = f"/v1/bulk/{job['id']}"
    rows = "".join(f"{smiles} mine-{n}\n" for n, smiles in enumerate(MINE))
    sent = service.http.put(f"{path}/library", params={"format": "smi"}, content=rows)
    assert sent.status_code == 202, sent.text
    assert service.wait_for(path, "succeeded", "failed")["state"] == "succeeded"
    return job["id"]


def test_a_library_is_searched_and_told_of(service):
    _index(service)
    library_id = _library(service)
    request = {"smiles": MINE[2], "k": 30, "libraries": ["training", library_id]}
    found = service.post("/v1/neighbours", request)
    assert found["num_compared"] == len(found["neighbours"]) == len(MINE) + len(TRAINED_ON)
    first = found["neighbours"][0]
    assert (first["library"], first["name"]) == (library_id, "mine-2")

    operation = {"kind": "neighbours", "libraries": ["training", library_id]}
    job = service.post("/v1/bulk", {"operation": operation})
    path = f"/v1/bulk/{job['id']}"
    content = f"{MINE[1]} a\n{TRAINED_ON[1]} b\n"
    service.http.put(f"{path}/library", params={"format": "smi"}, content=content)
    assert service.wait_for(path, "succeeded", "failed")["state"] == "succeeded"
    _, *lines = service.http.get(f"{path}/results").text.splitlines()
    places = {line.split(",")[1]: line.split(",")[5] for line in lines}
    assert places == {"a": library_id, "b": "training"}

    campaign = service.run(
        objectives=[{"name": "qed"}],
        initial={"smiles": [MINE[0], TRAINED_ON[0]], "num_samples": 4},
        budget={"max_evaluations": 8},
        batch_size=2,
        constraints=[],
    )
    assert service.wait_for(campaign, "succeeded", "failed")["state"] == "succeeded"
    trials = service.get(f"{campaign}/trials")["items"]
    mine, trained = (trial["known"] for trial in trials[:2])
    assert mine["libraries"] == [library_id]
    assert trained["libraries"] == []
    assert trained["nearest"] == {
        "library": "training",
        "smiles": TRAINED_ON[0],
        "name": "",
        "similarity": 1.0,
    }
    assert all(trial["known"]["nearest"] for trial in trials if trial["smiles"])
