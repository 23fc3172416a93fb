"""Whether to believe what the optimiser says: each molecule predicted by a fit without it."""

from fastapi import APIRouter, Depends, Request, Response

from app.access.sharing import campaign_access
from app.campaigns.diagnosis import diagnose
from app.campaigns.router import CampaignId, Repository, StallAfter
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.pages.campaigns.one.place import Place
from app.pages.rendering import render

router = APIRouter(
    prefix="/campaigns/{campaign_id}/model",
    include_in_schema=False,
    dependencies=[Depends(campaign_access)],
)


@router.get("")
def show_model(
    request: Request, campaign_id: CampaignId, repository: Repository, stall_after: StallAfter
) -> Response:
    """The page at once; the fits follow."""
    row = repository.get(campaign_id)
    place = Place.of(repository, row, "model", stall_after)
    return render(request, "one/model.html", **place.context())


@router.get("/fits", dependencies=[WantsModel])
def show_fits(request: Request, campaign_id: CampaignId, models: Models) -> Response:
    """Predicted against observed, and how honest the intervals are."""
    diagnosis = diagnose(request.app.state.session_factory, models, campaign_id)
    return render(request, "one/_fits.html", diagnosis=diagnosis, campaign_id=campaign_id)
