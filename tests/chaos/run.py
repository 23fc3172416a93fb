"""Campaigns for some time while faults happen; then peace, until the last has ended."""

import time
import uuid
from dataclasses import dataclass

from bayesopt.campaign import Campaign
from bayesopt.constraints import Alerts
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec, SearchMethod
from tests.chaos.bulk_census import BulkCensus, count_bulk
from tests.chaos.census import Census, Found, count
from tests.chaos.faults import Faults
from tests.chaos.fleet import Fleet
from tests.toys import ToyLatentModel

PROGRESS_SECONDS = 45
"""Longer than a lease: after it the next fault comes, progress or not."""
END_SECONDS = 600
"""Whatever has not ended then is stuck, also on a machine that does other things besides."""
EVALUATIONS = 240
"""More than one segment of iterations."""
METHOD: SearchMethod = "random"
"""The quickest: many iterations, so many moments in which to be killed."""
REQUEST = {
    "objectives": [{"name": "qed"}],
    "initial": {"num_samples": 12},
    "optimizer": {"method": METHOD},
    "budget": {"max_evaluations": EVALUATIONS},
    "batch_size": 4,
    "seed": 5,
}


BULK_REQUEST = {
    "operation": {"kind": "sample", "around": "prior", "num_molecules": 40_000, "seed": 5}
}
"""20 chunks, and a library that nobody has to send."""


@dataclass(frozen=True, slots=True)
class Report:
    census: Census
    bulk: BulkCensus
    faults: Faults
    campaigns: int

    def check(self) -> None:
        self.faults.check()
        self.census.check()
        self.bulk.check()


def undisturbed() -> list[Found]:
    """What the campaign finds in one piece, in this process."""
    spec = CampaignSpec(
        objectives=(Objective("qed"),),
        constraints=(Alerts(),),  # as a campaign over HTTP has them by default
        num_initial_samples=12,
        batch_size=4,
        seed=5,
        max_evaluations=EVALUATIONS,
        method=METHOD,
    )
    campaign = Campaign(spec, ToyLatentModel())
    while not campaign.finished:
        campaign.ask()
        campaign.evaluate()
    return [(trial.number, trial.status.value, trial.smiles) for trial in campaign.trials]


def disturb(fleet: Fleet, faults: Faults, seconds: float, num_running: int = 3) -> Report:
    """A fault after every progress, for ``seconds`` and until each kind was seen; campaigns, and
    beside them bulk jobs, are added as others end."""
    acknowledged: list[str] = []
    jobs: list[str] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or not faults.complete:
        while _num_running(fleet) < num_running:
            acknowledged.append(_begin(fleet))
        if not _num_jobs(fleet):
            jobs.append(_begin_job(fleet))
        _await_progress(fleet)
        faults.inflict()
    faults.end()
    fleet.wait(lambda: _num_running(fleet) + _num_jobs(fleet) == 0, END_SECONDS)
    return Report(
        count(fleet.engine, acknowledged, undisturbed()),
        count_bulk(fleet.engine, jobs),
        faults,
        len(acknowledged),
    )


def _begin(fleet: Fleet) -> str:
    created = fleet.post("/v1/campaigns", REQUEST, key=uuid.uuid4().hex)
    assert created.status_code == 201, created.text
    campaign_id = str(created.json()["id"])
    started = fleet.post(f"/v1/campaigns/{campaign_id}/start")
    # 409: the answer to an earlier try was lost, not the start.
    assert started.status_code in {202, 409}, started.text
    return campaign_id


def _begin_job(fleet: Fleet) -> str:
    created = fleet.post("/v1/bulk", BULK_REQUEST, key=uuid.uuid4().hex)
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


def _await_progress(fleet: Fleet) -> None:
    before = _num_steps(fleet)
    fleet.wait(lambda: _num_steps(fleet) > before, PROGRESS_SECONDS)


def _num_running(fleet: Fleet) -> int:
    ((number,),) = fleet.sql("SELECT count(*) FROM campaigns WHERE state = 'running'")
    return int(number)


def _num_jobs(fleet: Fleet) -> int:
    ((number,),) = fleet.sql("SELECT count(*) FROM bulk_jobs WHERE state = 'running'")
    return int(number)


def _num_steps(fleet: Fleet) -> int:
    ((iterations,),) = fleet.sql("SELECT count(*) FROM iterations")
    ((chunks,),) = fleet.sql("SELECT count(*) FROM bulk_chunks WHERE finished_at IS NOT NULL")
    return int(iterations) + int(chunks)
