"""``/v1/campaigns/{id}/...``: the answer a chemist came for, and whether to believe it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.sharing import campaign_access
from app.campaigns.dependencies import CampaignId, Repository
from app.campaigns.diagnosis import diagnose, pareto_front
from app.campaigns.insight_schemas import DiagnosisReply, ProgressReply
from app.campaigns.kept import UNCHANGED, Kept
from app.campaigns.progress import progress_of, training_index
from app.campaigns.repository import CampaignRepository
from app.campaigns.revision import ObjectiveVersionReply
from app.campaigns.trial_replies import TrialReply
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.pagination import MAX_LIMIT, Page
from app.transactions import Reading

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most trials.", examples=[10])]

router = APIRouter(
    prefix="/v1/campaigns/{campaign_id}",
    tags=["campaigns"],
    dependencies=[Depends(campaign_access)],
)


@router.get("/best", response_model=Page[TrialReply], responses=UNCHANGED)
def best_trials(
    campaign_id: CampaignId, reading: Reading, kept: Kept, limit: Limit = 10
) -> Response:
    """The evaluated trials of highest utility that break no constraint."""

    def best() -> Page[TrialReply]:
        items = [TrialReply.of(row) for row in repository.best(campaign_id, limit)]
        return Page(items=items, total=len(items), next=None)

    with reading() as session:
        repository = CampaignRepository(session)
        return kept(repository.get(campaign_id).stamp, best)


@router.get("/pareto", response_model=Page[TrialReply], responses=UNCHANGED)
def pareto_trials(
    campaign_id: CampaignId, reading: Reading, kept: Kept, limit: Limit = 100
) -> Response:
    """The trials that no other beats in one objective without losing in another, best first."""

    def front() -> Page[TrialReply]:
        rows = pareto_front(repository, campaign)
        return Page(items=[TrialReply.of(row) for row in rows[:limit]], total=len(rows), next=None)

    with reading() as session:
        repository = CampaignRepository(session)
        campaign = repository.get(campaign_id)
        return kept(campaign.stamp, front)


@router.get("/progress", response_model=ProgressReply, responses=UNCHANGED)
def read_progress(
    campaign_id: CampaignId, reading: Reading, kept: Kept, models: Models
) -> Response:
    """Evaluations, best so far, shares, rate and time left; cheap enough to poll."""
    with reading() as session:
        repository = CampaignRepository(session)
        campaign = repository.get(campaign_id)
        # The share of new molecules depends on the model's files, which may come and go.
        stamp = f"{campaign.stamp} {training_index(models, campaign.model) is not None}"
        return kept(stamp, lambda: progress_of(repository, campaign, models))


@router.get("/diagnosis", dependencies=[WantsModel])
def read_diagnosis(campaign_id: CampaignId, request: Request, models: Models) -> DiagnosisReply:
    """Predicted against observed with each molecule left out, and what became of the decodes."""
    return diagnose(request.app.state.session_factory, models, campaign_id)


@router.get("/objectives")
def list_objective_versions(
    campaign_id: CampaignId, repository: Repository
) -> Page[ObjectiveVersionReply]:
    """Every version of what is wanted, oldest first; the last is in force."""
    repository.get(campaign_id)
    rows = repository.versions(campaign_id)
    items = [ObjectiveVersionReply.of(row) for row in rows]
    return Page(items=items, total=len(items), next=None)
