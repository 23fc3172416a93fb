"""The README's commands, run as they stand against a real service with the bundled model."""

import re
import subprocess
from pathlib import Path
from statistics import median

import pytest
from rdkit import Chem

from tests.e2e.service import BUNDLED_MODEL, ROOT, Service

README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("readme"), BUNDLED_MODEL)
    try:
        service.start()
        yield service
    finally:
        service.close()


def _curl_block() -> str:
    return next(block for block in re.findall(r"```sh\n(.*?)```", README, re.S) if "curl" in block)


def test_the_quick_start_does_what_it_says(service, tmp_path):
    script = _curl_block().replace("http://127.0.0.1:8000", f"http://127.0.0.1:{service.port}")
    assert script.count('"max_evaluations": 100') == 1
    # The initial design and three batches: enough to see that it works and gets better.
    script = script.replace('"max_evaluations": 100', '"max_evaluations": 44')
    run = _sh(script + "\necho CAMPAIGN $C", tmp_path)
    path = "/v1" + run.rsplit("CAMPAIGN ", 1)[1].strip().partition("/v1")[2]
    assert service.get(path)["state"] == "succeeded"

    best = list(Chem.SDMolSupplier(str(tmp_path / "best.sdf")))
    assert len(best) == 10
    assert None not in best
    trials = service.get(f"{path}/trials?limit=1000")["items"]
    # One of the first may be the best by chance.
    judged = [(t["iteration"], t["utility"]) for t in trials if t["utility"] is not None]
    initial = [utility for iteration, utility in judged if iteration == 0]
    proposed = [utility for iteration, utility in judged if iteration > 0]
    better = sum(utility > median(initial) for utility in proposed) / len(proposed)
    assert better > 0.75  # of random ones about half are
    assert service.get(path)["best_utility"] == max(initial + proposed)
    campaign = path.rpartition("/")[2]
    ((stored,),) = service.sql("SELECT count(*) FROM trials WHERE campaign_id = :id", id=campaign)
    assert stored == len(trials)
    assert all(Chem.MolFromSmiles(t["smiles"]) for t in trials if t["smiles"] is not None)


def test_every_linked_file_exists():
    links = re.findall(r"\]\((?!http)([^)]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def _sh(script: str, directory: Path) -> str:
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-eu", "-c", script],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
