"""``GET /v1/campaigns...``: campaigns and their trials, by page, one by one and as files."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.access.sharing import CurrentActor, campaign_access, visible_to
from app.alarm import StallAfter, alarm_of
from app.campaigns.dependencies import CampaignId, Repository, TrialId
from app.campaigns.export import MEDIA_TYPES, Format, write
from app.campaigns.kept import UNCHANGED, Kept
from app.campaigns.records import to_request
from app.campaigns.replies import CampaignReply
from app.campaigns.repository import CampaignRepository, TrialSort
from app.campaigns.states import State
from app.campaigns.trial_replies import TrialReply
from app.database import read
from app.pagination import NumberedQuery, Page, PageQuery
from app.schemas import MAX_ITEMS
from app.transactions import Reading
from bayesopt.trial import TrialStatus

router = APIRouter(
    prefix="/v1/campaigns", tags=["campaigns"], dependencies=[Depends(campaign_access)]
)


@router.get("", response_model=Page[CampaignReply], responses=UNCHANGED)
def list_campaigns(
    reading: Reading,
    kept: Kept,
    actor: CurrentActor,
    stall_after: StallAfter,
    page: PageQuery,
    state: Annotated[
        State | None, Query(description="Only those in this state.", examples=["running"])
    ] = None,
) -> Response:
    """Your campaigns and those shared with you, newest first; of an admin's key: all."""

    def listed() -> Page[CampaignReply]:
        shown = rows[: page.limit]
        items = [
            CampaignReply.of(row, to_request(row, wanted), stall_after)
            for row, wanted in zip(shown, repository.objectives_of(shown), strict=True)
        ]
        following = shown[-1].id if len(rows) > page.limit else None
        return Page(items=items, total=total, next=following)

    with reading() as session:
        repository = CampaignRepository(session)
        rows, total = repository.newest(page.after, state, page.limit + 1, visible_to(actor))
        stamps = [f"{row.id} {row.stamp} {alarm_of(row, stall_after)}" for row in rows]
        return kept(f"{total} {stamps}", listed)


@router.get("/{campaign_id}", response_model=CampaignReply, responses=UNCHANGED)
def read_campaign(
    campaign_id: CampaignId, reading: Reading, kept: Kept, stall_after: StallAfter
) -> Response:
    """The campaign as it stands."""

    def as_it_stands() -> CampaignReply:
        return CampaignReply.of(row, to_request(row, repository.objectives(row)), stall_after)

    with reading() as session:
        repository = CampaignRepository(session)
        row = repository.get(campaign_id)
        return kept(f"{row.stamp} {alarm_of(row, stall_after)}", as_it_stands)


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
        return kept(repository.get(campaign_id).stamp, listed)


@router.get("/{campaign_id}/trials/{trial_id}")
def read_trial(campaign_id: CampaignId, trial_id: TrialId, repository: Repository) -> TrialReply:
    """One trial with the history of its values."""
    repository.get(campaign_id)
    return TrialReply.of(repository.trial(campaign_id, trial_id))


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
