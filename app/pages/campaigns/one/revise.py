"""What a campaign wants from now on, changed in a form, as a new version."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from app.access.sharing import campaign_access
from app.alarm import StallAfter
from app.campaigns.dependencies import CampaignId, Repository, Trials
from app.campaigns.records import to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.revision import VERSIONED, CampaignPatch
from app.campaigns.schemas import CampaignRequest
from app.database import read
from app.errors import AppError
from app.idempotency import Once
from app.models.admission import WantsModel
from app.pages.campaigns.creation.body import Draft, Problem, draft
from app.pages.campaigns.creation.editing import choices, edited
from app.pages.campaigns.creation.filled import of_request
from app.pages.campaigns.creation.form import Form
from app.pages.campaigns.one.place import Place
from app.pages.forms import Sent
from app.pages.rendering import render
from app.problems import field_error
from data.errors import DataError

router = APIRouter(
    prefix="/campaigns/{campaign_id}/revise",
    include_in_schema=False,
    dependencies=[Depends(campaign_access)],
)


@router.get("")
def show_form(
    request: Request, campaign_id: CampaignId, repository: Repository, stall_after: StallAfter
) -> Response:
    """The form, filled in with what is wanted now."""
    form = of_request(_wanted(repository, campaign_id))
    return _page(request, campaign_id, repository, stall_after, form)


@router.post("/form")
def change_form(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    stall_after: StallAfter,
    sent: Sent,
) -> Response:
    """The form with an objective more or less; nothing is stored."""
    return _page(request, campaign_id, repository, stall_after, edited(sent))


@router.post("", dependencies=[WantsModel])
def revise(
    request: Request, campaign_id: CampaignId, stall_after: StallAfter, trials: Trials, sent: Sent
) -> Response:
    """Make what the form says the campaign's next version; what is stored is judged anew."""
    sessions = request.app.state.session_factory
    form = Form.of(sent)
    made = draft(form)
    with read(sessions) as session:
        before = _wanted(CampaignRepository(session), campaign_id)
    try:
        patch = CampaignPatch.model_validate(_changed(made, before))
        trials.revise(campaign_id, patch, Once("", None, ""))
    except (ValidationError, RequestValidationError, AppError, DataError) as error:
        problems = [*made.problems, *_problems(made, error)]
        with read(sessions) as session:
            repository = CampaignRepository(session)
            return _page(request, campaign_id, repository, stall_after, form, problems)
    return RedirectResponse(f"/campaigns/{campaign_id}/log#versions", 303)


def _wanted(repository: CampaignRepository, campaign_id: str) -> CampaignRequest:
    row = repository.get(campaign_id)
    return to_request(row, repository.objectives(row))


def _changed(made: Draft, before: CampaignRequest) -> dict[str, Any]:
    """What the form says; where it says what it was filled in with, to the last digit as stored."""
    filled, stored = draft(of_request(before)).body, before.model_dump(mode="json")
    changed = {name: made.body[name] for name in VERSIONED if name in made.body}
    for name in ("objectives", "constraints"):
        kept = list(zip(filled[name], stored[name], strict=True))
        changed[name] = [
            next((old for said, old in kept if said == item), item) for item in made.body[name]
        ]
    return changed


def _problems(
    made: Draft, error: ValidationError | RequestValidationError | AppError | DataError
) -> list[Problem]:
    if isinstance(error, ValidationError):
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        error = RequestValidationError(found)
    if isinstance(error, RequestValidationError):
        refused = [field_error(item) for item in error.errors()]
    else:
        refused = list(getattr(error, "errors", ()))
    problems = [made.problem(item.pointer, item.detail) for item in refused]
    return list(dict.fromkeys(problems)) or [Problem("add-objective", str(error))]


def _page(
    request: Request,
    campaign_id: str,
    repository: CampaignRepository,
    stall_after: StallAfter,
    form: Form,
    problems: Sequence[Problem] = (),
) -> Response:
    row = repository.get(campaign_id)
    place = Place.of(repository, row, "log", stall_after)
    return render(
        request,
        "one/revise.html",
        422 if problems else 200,
        **place.context(),
        form=form,
        problems=problems,
        changes=f"{place.path}/revise/form",
        **choices(),
    )
