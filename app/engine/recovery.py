"""Gives runs that nobody works on any more back to the queue."""

from collections.abc import Collection

import structlog
from sqlalchemy.orm import Session

from app.bulk import changes as bulk_changes
from app.bulk.repository import BulkRepository
from app.bulk.states import JobAction
from app.campaigns.changes import finish, restart
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import Action
from app.database import SessionFactory, read
from app.engine import workers
from app.engine.port import Engine

MAX_RECOVERIES = 5
"""Recoveries without a committed iteration between them, after which a campaign is to blame."""
DIED = f"its worker died {MAX_RECOVERIES + 1} times without finishing an iteration"
BROKE = f"its run broke {MAX_RECOVERIES + 1} times without finishing an iteration; see the log"

log = structlog.get_logger(__name__)


def recover(sessions: SessionFactory, engine: Engine, own: Collection[str]) -> None:
    """Find the orphans, and what runs in name only, campaigns and bulk jobs, and let them go on.

    Any number of hosts may do so at once. The order matters. Workflows are listed before leases
    are read: a process has its lease before it takes work on. Campaigns are listed before
    workflows: a campaign and its workflow begin in one transaction, and a workflow ends after its
    campaign has stopped running.
    """
    with read(sessions) as session:
        running = {*CampaignRepository(session).running(), *BulkRepository(session).running()}
    unfinished = engine.unfinished()
    with read(sessions) as session:
        alive = workers.leased(session) | set(own)
    for run in unfinished:
        if run.executor_id is not None and run.executor_id not in alive:
            _supersede(sessions, engine, run.run_id, DIED)
            engine.cancel(run)
    for run_id in running - {run.run_id for run in unfinished}:
        _supersede(sessions, engine, run_id, BROKE)


def _supersede(sessions: SessionFactory, engine: Engine, run_id: str, reason: str) -> None:
    """Let the campaign of the run go on in another, or fail after too many of them.

    One transaction, so it is counted if and only if it is done; of two hosts that come at once, the
    second finds no campaign of that run. What the old run had computed and not committed is
    computed again, with the same result; if it is not as dead as it seems, it finds that it may
    write no more.
    """
    with sessions.begin() as session:
        repository = CampaignRepository(session)
        campaign = repository.find_by_run(run_id)
        if campaign is None:
            _supersede_bulk(session, engine, run_id, reason)
            return
        if campaign.recoveries < MAX_RECOVERIES:
            campaign.recoveries += 1
            restart(repository, campaign, engine)
            log.info("campaign recovered", campaign=campaign.id, recoveries=campaign.recoveries)
        else:
            finish(campaign, Action.FAIL, reason)


def _supersede_bulk(session: Session, engine: Engine, run_id: str, reason: str) -> None:
    """The same for a bulk job: all that is not done is enqueued anew."""
    repository = BulkRepository(session)
    job = repository.find_by_run(run_id)
    if job is None:
        return
    if job.recoveries < MAX_RECOVERIES:
        job.recoveries += 1
        bulk_changes.restart(repository, job, engine)
        log.info("bulk job recovered", job=job.id, recoveries=job.recoveries)
    else:
        bulk_changes.finish(job, JobAction.FAIL, reason.replace("an iteration", "a chunk"))
