"""Whether to believe what the optimiser says: each molecule predicted by a fit without it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from app.access.sharing import campaign_access
from app.alarm import StallAfter
from app.campaigns.dependencies import CampaignId, Repository
from app.campaigns.diagnosis import diagnose
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.pages.assets import VERSION
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
def show_fits(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    models: Models,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Predicted against observed, and how honest the intervals are.

    The fits take seconds, so the browser keeps them until the campaign has changed.
    """
    headers = {"ETag": f'"{VERSION}-{repository.get(campaign_id).stamp}"'}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    diagnosis = diagnose(request.app.state.session_factory, models, campaign_id)
    response = render(request, "one/_fits.html", diagnosis=diagnosis, campaign_id=campaign_id)
    response.headers.update(headers)
    return response
