"""What the routes of campaigns are given: ids from their paths, services, the repository."""

from typing import Annotated

from fastapi import Depends, Path, Request

from app.access.sharing import CurrentActor
from app.alarm import stall_after
from app.campaigns.repository import CampaignRepository
from app.campaigns.service import CampaignService
from app.campaigns.trial_service import TrialService
from app.known.suggestions import KnownSuggestions
from app.transactions import DatabaseSession

CampaignId = Annotated[
    str,
    Path(
        description="The campaign's `id`.",
        examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"],
    ),
]
TrialId = Annotated[int, Path(ge=0, le=2**31 - 1, description="The trial's number.", examples=[12])]


async def _service(request: Request, actor: CurrentActor) -> CampaignService:
    state = request.app.state
    return CampaignService(
        state.session_factory, state.models, state.execution, actor, stall_after(request)
    )


async def _trial_service(request: Request) -> TrialService:
    state = request.app.state
    known = KnownSuggestions(state.session_factory, state.models, state.known)
    return TrialService(
        state.session_factory, state.models, state.execution, stall_after(request), known
    )


async def _repository(session: DatabaseSession) -> CampaignRepository:
    return CampaignRepository(session)


Service = Annotated[CampaignService, Depends(_service)]
Trials = Annotated[TrialService, Depends(_trial_service)]
Repository = Annotated[CampaignRepository, Depends(_repository, scope="function")]
