"""The only places that change a campaign's row."""

import uuid

import structlog

from app.campaigns.outcome import Outcome
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import ENDED, Action, next_state
from app.campaigns.tables import CampaignRow, IterationRow
from app.database import now
from app.engine.port import Engine

log = structlog.get_logger(__name__)


class StaleOutcomeError(Exception):
    """The trials have changed since the outcome was computed."""


def touch(campaign: CampaignRow) -> None:
    """Something that is read with it has changed, and nothing that is computed from."""
    campaign.updated_at = now()


def write_outcome(repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome) -> None:
    """Write trials, values, iteration and counters, and take the step that the outcome decided.

    Raises:
        StaleOutcomeError: another change came first; nothing was written.
    """
    if outcome.revision != campaign.revision:
        raise StaleOutcomeError
    if outcome.action is not Action.FAIL or outcome.trials:
        repository.save(campaign, outcome.trials, outcome.utilities, outcome.known)
        campaign.num_trials = repository.count(campaign.id)
        campaign.num_evaluations = outcome.num_evaluations
        campaign.best_utility = outcome.best_utility
    campaign.seconds_used += outcome.seconds
    campaign.revision += 1
    campaign.recoveries = 0
    if outcome.iteration is not None:
        campaign.progress_at = now()
        decodes = outcome.decodes
        repository.add_iteration(
            IterationRow(
                campaign_id=campaign.id,
                iteration=outcome.iteration,
                run_id=campaign.run_id,
                num_trials=campaign.num_trials,
                num_evaluations=campaign.num_evaluations,
                num_decoded=decodes and decodes.num,
                num_invalid=decodes and decodes.num_invalid,
                num_repeats=decodes and decodes.num_repeats,
                best_utility=campaign.best_utility,
                seconds=outcome.seconds,
            )
        )
        log.info(
            "iteration",
            campaign=campaign.id,
            iteration=outcome.iteration,
            evaluations=campaign.num_evaluations,
            best=campaign.best_utility,
            seconds=round(outcome.seconds, 3),
        )
    if outcome.action is not None:
        finish(campaign, outcome.action, outcome.reason)


def finish(campaign: CampaignRow, action: Action, reason: str | None = None) -> None:
    """Take a step after which no worker has anything to do.

    Raises:
        ConflictError: the state does not allow it.
    """
    campaign.state = next_state(campaign.state, action)
    campaign.reason = reason
    campaign.run_id = None
    if campaign.state in ENDED:
        campaign.finished_at = now()


def run(
    repository: CampaignRepository, campaign: CampaignRow, action: Action, engine: Engine
) -> None:
    """Take a step after which a worker has something to do, and enqueue a run with it.

    Raises:
        ConflictError: the state does not allow it.
    """
    campaign.state = next_state(campaign.state, action)
    campaign.recoveries = 0
    campaign.progress_at = now()
    campaign.started_at = campaign.started_at or campaign.progress_at
    campaign.reason = campaign.finished_at = None
    restart(repository, campaign, engine)


def restart(repository: CampaignRepository, campaign: CampaignRow, engine: Engine) -> None:
    """Enqueue a new run; one that is still computing finds another id here, and writes nothing."""
    campaign.run_id = uuid.uuid4().hex
    repository.session.flush()
    engine.start(repository.session, campaign.id, campaign.run_id)
