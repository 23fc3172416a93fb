"""``GET .../diagnosis`` and ``/pareto``: the record looked at, nothing changed."""

from collections.abc import Sequence

from app.campaigns.compute import resumed
from app.campaigns.evaluated import evaluated, front
from app.campaigns.insight_schemas import (
    CoverageReply,
    DiagnosisReply,
    LeaveOneOutReply,
    LeftOutReply,
)
from app.campaigns.progress import shares_of
from app.campaigns.records import load_snapshot, to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.tables import CampaignRow, TrialRow
from app.database import SessionFactory, read
from app.models.store import ModelStore
from bayesopt.diagnosis import LEVELS, LeaveOneOut


def diagnose(sessions: SessionFactory, models: ModelStore, campaign_id: str) -> DiagnosisReply:
    """The diagnosis; a Gaussian process is fitted, so no transaction is open meanwhile.

    Raises:
        ConflictError: the model's weights are not those of the campaign.
    """
    with read(sessions) as session:
        repository = CampaignRepository(session)
        row = repository.get(campaign_id)
        snapshot = load_snapshot(repository, row)
        shares = shares_of(repository, row, models)
    model = models.get(snapshot.model)
    campaign = resumed(snapshot, model)
    found = [LeaveOneOut.of(campaign.trials, o.name, model) for o in campaign.spec.objectives]
    return DiagnosisReply(leave_one_out=[_reply(of) for of in found if of is not None], **shares)


def pareto_numbers(repository: CampaignRepository, campaign: CampaignRow) -> frozenset[int]:
    """Numbers of the feasible trials that no other beats."""
    objectives = to_request(campaign, repository.objectives(campaign)).to_domain().objectives
    return front(evaluated(repository.session, campaign), objectives)


def pareto_front(repository: CampaignRepository, campaign: CampaignRow) -> Sequence[TrialRow]:
    """The feasible trials that no other beats, of the highest utility first."""
    numbers = pareto_numbers(repository, campaign)
    return repository.trials(campaign.id, numbers=numbers, sort="-utility")


def _reply(found: LeaveOneOut) -> LeaveOneOutReply:
    numbers = zip(found.trials, found.observed, found.mean, found.sd, strict=True)
    return LeaveOneOutReply(
        objective=found.objective,
        rmse=found.rmse,
        spearman=found.spearman,
        coverage=[CoverageReply(level=level, share=found.coverage(level)) for level in LEVELS],
        items=[
            LeftOutReply(trial_id=number, observed=observed, predicted_mean=mean, predicted_sd=sd)
            for number, observed, mean, sd in numbers
        ],
    )
