"""``/v1/campaigns``: thin routes; the work is in ``service``."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.access.sharing import CurrentActor, campaign_access, visible_to
from app.alarm import StallAfter, stall_after
from app.campaigns.export import MEDIA_TYPES, Format, write
from app.campaigns.kept import UNCHANGED, Kept
from app.campaigns.records import to_request
from app.campaigns.replies import (
    CampaignReply,
    StateReply,
    TrialReply,
    ValidationReply,
)
from app.campaigns.repository import CampaignRepository, TrialSort
from app.campaigns.result_schemas import ResultSchema, SuggestionsRequest, TrialPatch
from app.campaigns.revision import CampaignPatch
from app.campaigns.schemas import CampaignRequest
from app.campaigns.service import CampaignService
from app.campaigns.states import Action, State
from app.campaigns.trial_service import TrialService
from app.database import DatabaseSession, Reading, read
from app.idempotency import OnceOnly
from app.known.suggestions import KnownSuggestions
from app.models.admission import WantsModel
from app.pagination import NumberedQuery, Page, PageQuery
from app.schemas import MAX_ITEMS
from bayesopt.trial import TrialStatus

CampaignId = Annotated[
    str,
    Path(
        description="The campaign's `id`.",
        examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"],
    ),
]
TrialId = Annotated[int, Path(ge=0, le=2**31 - 1, description="The trial's number.", examples=[12])]

router = APIRouter(
    prefix="/v1/campaigns", tags=["campaigns"], dependencies=[Depends(campaign_access)]
)


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


@router.post("", status_code=201, response_model=CampaignReply, dependencies=[WantsModel])
def create_campaign(request: CampaignRequest, service: Service, once: OnceOnly) -> Response:
    """Store a campaign as a draft; ``start`` runs it."""
    return service.create(request, once).to_response()


@router.post("/validate", dependencies=[WantsModel])
def validate_campaign(request: CampaignRequest, service: Service) -> ValidationReply:
    """What would be refused and why, and how long it may take; nothing is stored."""
    return service.validate(request)


@router.get("", response_model=Page[CampaignReply])
def list_campaigns(
    reading: Reading,
    actor: CurrentActor,
    stall_after: StallAfter,
    page: PageQuery,
    state: Annotated[
        State | None, Query(description="Only those in this state.", examples=["running"])
    ] = None,
) -> Response:
    """Your campaigns and those shared with you, newest first; of an admin's key: all."""
    with reading() as session:
        repository = CampaignRepository(session)
        rows, total = repository.newest(page.after, state, page.limit + 1, visible_to(actor))
        shown = rows[: page.limit]
        items = [
            CampaignReply.of(row, to_request(row, wanted), stall_after)
            for row, wanted in zip(shown, repository.objectives_of(shown), strict=True)
        ]
    following = shown[-1].id if len(rows) > page.limit else None
    return Page(items=items, total=total, next=following).to_response()


@router.get("/{campaign_id}", response_model=CampaignReply)
def read_campaign(campaign_id: CampaignId, reading: Reading, service: Service) -> Response:
    """The campaign as it stands."""
    with reading() as session:
        return service.read(session, campaign_id).to_response()


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


@router.get("/{campaign_id}/trials", response_model=Page[TrialReply], responses=UNCHANGED)
def list_trials(
    campaign_id: CampaignId,
    reading: Reading,
    kept: Kept,
    page: NumberedQuery,
    status: Annotated[
        TrialStatus | None, Query(description="Only those of this status.", examples=["evaluated"])
    ] = None,
    sort: Annotated[
        TrialSort,
        Query(description="By number or utility; `-`: from the highest.", examples=["-utility"]),
    ] = "number",
) -> Response:
    """The trials, in order of creation unless sorted otherwise."""

    def listed() -> Page[TrialReply]:
        after = None if page.after is None else repository.trial(campaign_id, page.after)
        rows = repository.trials(
            campaign_id, status=status, sort=sort, after=after, limit=page.limit + 1
        )
        total = repository.count(campaign_id, status)
        items = [TrialReply.of(row) for row in rows[: page.limit]]
        following = str(rows[page.limit - 1].number) if len(rows) > page.limit else None
        return Page(items=items, total=total, next=following)

    with reading() as session:
        repository = CampaignRepository(session)
        return kept(repository.get(campaign_id), listed)


@router.get("/{campaign_id}/trials/{trial_id}")
def read_trial(campaign_id: CampaignId, trial_id: TrialId, repository: Repository) -> TrialReply:
    """One trial with the history of its values."""
    repository.get(campaign_id)
    return TrialReply.of(repository.trial(campaign_id, trial_id))


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


@router.get(
    "/{campaign_id}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}},
)
def export_trials(
    campaign_id: CampaignId,
    request: Request,
    repository: Repository,
    file_format: Annotated[
        Format, Query(alias="format", description="Kind of file.", examples=["sdf"])
    ] = "csv",
    best: Annotated[
        int | None,
        Query(ge=1, le=MAX_ITEMS, description="Only the best so many; null: all trials."),
    ] = None,
) -> StreamingResponse:
    """The trials as a file: csv and json hold all of them, smi and sdf those with a molecule."""
    wanted = repository.objectives(repository.get(campaign_id)).objectives
    objectives = [item["name"] for item in wanted]

    def pieces() -> Iterator[str]:
        # The response outlives the request's own transaction.
        with read(request.app.state.session_factory) as session:
            stored = CampaignRepository(session)
            rows = stored.stream(campaign_id) if best is None else stored.best(campaign_id, best)
            yield from write(rows, objectives, file_format)

    name = f"attachment; filename=campaign-{campaign_id}.{file_format}"
    return StreamingResponse(
        pieces(), media_type=MEDIA_TYPES[file_format], headers={"Content-Disposition": name}
    )
