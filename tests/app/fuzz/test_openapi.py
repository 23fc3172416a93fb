"""schemathesis reads what the service says of itself, and tries whether it is true."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.service import ROOT
from tests.toys import library

CAMPAIGN = {
    "objectives": [{"name": "pIC50", "source": "measured"}],
    "initial": {"smiles": list(library()[:3]), "num_samples": 0},
}
SHORT = ("--generation-deterministic", "--max-examples", "3")
"""The same requests every time; a longer run prints the seed of its own."""


@pytest.fixture
def known(service):
    """Ids of things that have something in them, for the paths."""
    campaign = service.post("/v1/campaigns", json=CAMPAIGN).json()["id"]
    told = [{"smiles": smiles, "values": {"pIC50": 6.0}} for smiles in library()[:20]]
    assert service.post(f"/v1/campaigns/{campaign}/results", json=told).is_success
    operation = {"kind": "score"}
    job = service.post("/v1/bulk", json={"operation": operation}).json()["id"]
    sent = service.put(f"/v1/bulk/{job}/library?format=smi", content="CCO\nno molecule\n")
    assert sent.is_success, sent.text
    return {"FUZZ_CAMPAIGN": campaign, "FUZZ_JOB": job}


def test_no_request_is_answered_in_an_undocumented_way(service, known, fuzz_seconds, tmp_path):
    program = str(Path(sys.executable).with_name("schemathesis"))
    config = str(Path(__file__).with_name("schemathesis.toml"))
    length = ("--max-time", str(fuzz_seconds)) if fuzz_seconds else SHORT
    done = subprocess.run(  # noqa: S603
        [
            *(program, "--config-file", config),
            *("run", f"{service.base_url}/openapi.json", "--no-color", "--checks", "all"),
            *("--header", f"Authorization: {service.headers['Authorization']}"),
            *length,
        ],
        env=os.environ | known | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    paths = service.get("/openapi.json").json()["paths"]
    number = sum(len(methods) for methods in paths.values())
    assert f"{number} selected / {number} total" in done.stdout
