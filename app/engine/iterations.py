"""The two halves of an iteration: computed without a transaction, written in one."""

from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from app.campaigns.changes import write_outcome
from app.campaigns.compute import advance
from app.campaigns.outcome import Outcome
from app.campaigns.records import load_snapshot
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import State
from app.campaigns.tables import CampaignRow
from app.database import SessionFactory, read
from app.engine.runner import Data
from app.known.suggestions import KnownSuggestions
from app.models.store import ModelStore
from app.outages import passes

log = structlog.get_logger(__name__)


class CampaignIterations:
    """Runs campaigns on the models and the database of this process.

    Args:
        sessions: Of the database.
        models: The models.
        known: Tells which suggestions are known; None: that is not asked.
    """

    def __init__(
        self, sessions: SessionFactory, models: ModelStore, known: KnownSuggestions | None = None
    ) -> None:
        self._sessions = sessions
        self._models = models
        self._known = known

    def propose(self, campaign_id: str, run_id: str) -> Data | None:
        """Compute the next iteration; None where it is no longer wanted: paused, cancelled,
        superseded, or its campaign deleted.

        An error is an outcome too: the campaign fails with it as its reason.

        Raises:
            DBAPIError, TimeoutError, OSError: The database does not answer, or a disk is full. That
                ends no campaign: the worker tries again.
        """
        with read(self._sessions) as session:
            repository = CampaignRepository(session)
            campaign = repository.find(campaign_id)
            if campaign is None or not _is_current(campaign, run_id):
                return None
            snapshot = load_snapshot(repository, campaign)
        try:
            outcome = advance(snapshot, self._models.get(snapshot.model))
            if self._known is not None:
                known = self._known.of(outcome.trials, snapshot.owner, snapshot.model)
                outcome = replace(outcome, known=known)
        except Exception as error:
            if passes(error):
                raise
            log.error("campaign failed", campaign=campaign_id, exc_info=error)
            outcome = Outcome.failed(snapshot.revision, f"{type(error).__name__}: {error}")
        return outcome.to_dict()

    def commit(self, session: Session, campaign_id: str, run_id: str, outcome: Data) -> bool:
        """Write the iteration; whether there is another one to compute.

        Nothing is written for a run that is no longer wanted, nor from trials that have changed
        since they were read, as when a chemist told results meanwhile: those are computed again.
        """
        repository = CampaignRepository(session)
        campaign = repository.find(campaign_id, lock=True)
        if campaign is None or not _is_current(campaign, run_id):
            return False
        computed = Outcome.from_dict(outcome)
        if computed.revision != campaign.revision:
            return True
        write_outcome(repository, campaign, computed)
        return computed.action is None


def _is_current(campaign: CampaignRow, run_id: str) -> bool:
    return campaign.state is State.RUNNING and campaign.run_id == run_id
