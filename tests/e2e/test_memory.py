"""What a service has answered takes no memory for good."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.service import Service

CLIENTS, REQUESTS = 8, 600
MOST_MEGABYTES = 24
"""That a round adds once the rounds before have warmed it up: a request that left 40 kB behind
would add as much."""

CAMPAIGN = {
    "objectives": [{"name": "qed"}],
    "initial": {"num_samples": 8},
    "optimizer": {"method": "random"},
    "budget": {"max_evaluations": 24},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("memory"))
    service.start()
    yield service
    service.close()


def resident_megabytes(service):
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def test_memory_does_not_grow_with_the_requests_answered(service):
    http = service.http
    path = service.run(**CAMPAIGN)
    service.wait_for(path, "succeeded")
    asks = (
        lambda _: http.get(f"{path}/trials"),
        lambda _: http.get(f"{path}/progress"),
        lambda _: http.get("/v1/campaigns"),
        lambda n: http.post("/v1/sample", json={"num_molecules": 4, "seed": n}),
        lambda n: http.post("/v1/encode", json={"smiles": ["CCO", "C" * (1 + n % 9)]}),
        lambda n: http.post("/v1/campaigns", json=CAMPAIGN | {"seed": n}),
        lambda _: http.get("/metrics"),
    )
    sizes = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(4):
            answers = list(pool.map(lambda n: asks[n % len(asks)](n), range(REQUESTS)))
            assert all(answer.is_success for answer in answers)
            sizes.append(resident_megabytes(service))
    assert sizes[-1] - sizes[-2] < MOST_MEGABYTES, sizes
