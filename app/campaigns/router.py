"""``/v1/campaigns``: thin routes that change something; the work is in the services."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from app.access.sharing import campaign_access
from app.campaigns.dependencies import CampaignId, Service, TrialId, Trials
from app.campaigns.replies import CampaignReply, StateReply, ValidationReply
from app.campaigns.result_schemas import ResultSchema, SuggestionsRequest, TrialPatch
from app.campaigns.revision import CampaignPatch
from app.campaigns.schemas import CampaignRequest
from app.campaigns.states import Action
from app.campaigns.trial_replies import TrialReply
from app.idempotency import OnceOnly
from app.models.admission import WantsModel
from app.pagination import Page
from app.schemas import MAX_ITEMS
from app.transactions import DatabaseSession

router = APIRouter(
    prefix="/v1/campaigns", tags=["campaigns"], dependencies=[Depends(campaign_access)]
)


@router.post("", status_code=201, response_model=CampaignReply, dependencies=[WantsModel])
def create_campaign(request: CampaignRequest, service: Service, once: OnceOnly) -> Response:
    """Store a campaign as a draft; ``start`` runs it."""
    return service.create(request, once).to_response()


@router.post("/validate", dependencies=[WantsModel])
def validate_campaign(request: CampaignRequest, service: Service) -> ValidationReply:
    """What would be refused and why, and how long it may take; nothing is stored."""
    return service.validate(request)


@router.patch("/{campaign_id}", response_model=CampaignReply, dependencies=[WantsModel])
def revise_campaign(
    campaign_id: CampaignId, patch: CampaignPatch, service: Trials, once: OnceOnly
) -> Response:
    """Change what is wanted, in any state; what is stored is scored anew by it."""
    return service.revise(campaign_id, patch, once).to_response()


@router.delete("/{campaign_id}", status_code=204)
def delete_campaign(campaign_id: CampaignId, session: DatabaseSession, service: Service) -> None:
    """Forget it with all its trials; one that runs has to be paused or cancelled first."""
    service.delete(session, campaign_id)


def _add_action(action: Action, summary: str) -> None:
    def act(campaign_id: CampaignId, session: DatabaseSession, service: Service) -> StateReply:
        return service.act(session, campaign_id, action)

    router.add_api_route(
        f"/{{campaign_id}}/{action}",
        act,
        methods=["POST"],
        status_code=202,
        name=f"{action}_campaign",
        summary=summary,
    )


_add_action(Action.START, "Run a draft as soon as a worker is free.")
_add_action(Action.PAUSE, "Stop within the iteration; what is being computed is dropped.")
_add_action(Action.RESUME, "Go on where it was paused, failed, or had spent its budget.")
_add_action(Action.CANCEL, "Give it up; what was found stays.")


@router.post(
    "/{campaign_id}/suggestions",
    status_code=201,
    response_model=Page[TrialReply],
    dependencies=[WantsModel],
)
def suggest_molecules(
    campaign_id: CampaignId,
    service: Trials,
    once: OnceOnly,
    request: SuggestionsRequest | None = None,
) -> Response:
    """Ask: new trials, pending until told; never a compound that is already in the campaign."""
    num_molecules = request.num_molecules if request else None
    return service.suggest(campaign_id, num_molecules, once).to_response()


@router.post("/{campaign_id}/results", response_model=Page[TrialReply], dependencies=[WantsModel])
def tell_results(
    campaign_id: CampaignId,
    results: Annotated[
        list[ResultSchema],
        Body(min_length=1, max_length=MAX_ITEMS, description="One result a molecule."),
    ],
    service: Trials,
    once: OnceOnly,
) -> Response:
    """Tell: any molecule counts, suggested or not; partial values are kept and used."""
    return service.tell(campaign_id, results, once).to_response()


@router.patch(
    "/{campaign_id}/trials/{trial_id}", response_model=TrialReply, dependencies=[WantsModel]
)
def amend_trial(
    campaign_id: CampaignId,
    trial_id: TrialId,
    patch: TrialPatch,
    service: Trials,
    once: OnceOnly,
) -> Response:
    """Correct a trial's values or take them back; the old ones stay in its history."""
    return service.amend(campaign_id, trial_id, patch, once).to_response()
