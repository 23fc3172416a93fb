"""The molecules of a campaign as drawings: sorted, filtered, measured, exported."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.datastructures import FormData, UploadFile

from app.access.sharing import campaign_access
from app.alarm import StallAfter
from app.campaigns.dependencies import CampaignId, Repository, Trials
from app.campaigns.export import MEDIA_TYPES, Format, write
from app.campaigns.repository import CampaignRepository
from app.campaigns.trial_replies import TrialReply
from app.database import read
from app.errors import InvalidRequestError
from app.idempotency import Once
from app.models.admission import WantsModel
from app.pages.campaigns.one.bench import table_results, typed_results
from app.pages.campaigns.one.place import Place
from app.pages.campaigns.one.scaffold import common_scaffold
from app.pages.campaigns.one.selection import SHOWS, Selection, Show
from app.pages.forms import Sent
from app.pages.rendering import query, render

PAGE_SIZE = 60
SORTS = {"best": "Best first", "newest": "Newest first", "oldest": "Oldest first"}

router = APIRouter(include_in_schema=False, dependencies=[Depends(campaign_access)])
Sort = Annotated[str, Query(max_length=101)]
Picked = Annotated[list[int] | None, Query(alias="trial", max_length=1_000)]


@router.get("/campaigns/{campaign_id}/molecules")
def show_molecules(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    stall_after: StallAfter,
    show: Show = "evaluated",
    sort: Sort = "best",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    scaffold: bool = False,
) -> Response:
    """A page of drawings."""
    row = repository.get(campaign_id)
    place = Place.of(repository, row, "molecules", stall_after)
    rows, total = Selection(show, sort).page(repository, row, start, PAGE_SIZE)
    names = [objective.name for objective in place.campaign.objectives]
    smiles = tuple(trial.smiles for trial in rows if trial.smiles)
    return render(
        request,
        "one/molecules.html",
        **place.context(),
        trials=[TrialReply.of(trial) for trial in rows],
        total=total,
        show=show,
        shows=SHOWS,
        sort=sort,
        sorts=SORTS | {name: f"{name} ↑" for name in names} | {f"-{n}": f"{n} ↓" for n in names},
        start=start,
        size=PAGE_SIZE,
        wants_scaffold=scaffold,
        scaffold=common_scaffold(smiles) if scaffold else None,
    )


@router.post("/campaigns/{campaign_id}/values", dependencies=[WantsModel])
def enter_values(
    campaign_id: CampaignId, trials: Trials, repository: Repository, sent: Sent
) -> Response:
    """Tell what was typed into the page, or stands in a table from the bench."""
    results = typed_results(sent) if not (file := _file(sent)) else None
    if file is not None:
        row = repository.get(campaign_id)
        names = [item["name"] for item in repository.objectives(row).objectives]
        repository.session.rollback()
        results = table_results(file.file, file.filename or "the file", names)
    trials.tell(campaign_id, results or [], Once("", None, ""))
    back = {"show": str(sent.get("show", "open")), "sort": str(sent.get("sort", "best"))}
    return RedirectResponse(query(f"/campaigns/{campaign_id}/molecules", **back), 303)


@router.get("/campaigns/{campaign_id}/export")
def export(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    file_format: Annotated[Format, Query(alias="format")] = "sdf",
    show: Show = "all",
    sort: Sort = "oldest",
    picked: Picked = None,
) -> StreamingResponse:
    """The molecules as a file: all of a kind, or those that were picked."""
    wanted = repository.objectives(repository.get(campaign_id)).objectives
    objectives = [item["name"] for item in wanted]
    selection = Selection(show, sort, tuple(picked or ()))

    def pieces() -> Iterator[str]:
        # The response outlives the request's own transaction.
        with read(request.app.state.session_factory) as session:
            stored = CampaignRepository(session)
            rows = selection.stream(stored, stored.get(campaign_id))
            yield from write(rows, objectives, file_format)

    what = "selected" if picked else show
    name = f"attachment; filename=campaign-{campaign_id[:8]}-{what}.{file_format}"
    return StreamingResponse(
        pieces(), media_type=MEDIA_TYPES[file_format], headers={"Content-Disposition": name}
    )


def _file(sent: FormData) -> UploadFile | None:
    file = sent.get("bench_file")
    if isinstance(file, UploadFile) and file.filename:
        return file
    if sent.get("action") == "upload":
        raise InvalidRequestError("choose a CSV file first")
    return None
