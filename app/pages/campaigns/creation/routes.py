"""The page of a new campaign, and what its form is sent to."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from app.access.sharing import CurrentActor, campaign_access, visible_to
from app.campaigns.dependencies import CampaignId, Repository, Service
from app.campaigns.records import to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.service import CampaignService
from app.campaigns.states import Action, State
from app.errors import AppError, NotFoundError
from app.idempotency import Once
from app.models.admission import WantsModel
from app.pages.campaigns.creation.checking import Check, check, with_refusal
from app.pages.campaigns.creation.editing import choices, edited
from app.pages.campaigns.creation.filled import BLANK, RECIPES, of_request
from app.pages.campaigns.creation.form import Form
from app.pages.campaigns.creation.snippets import snippets
from app.pages.campaigns.creation.uploads import Notice, add_molecules, add_results
from app.pages.forms import Sent
from app.pages.rendering import render
from bayesopt.trial import SearchMethod
from data.errors import DataError

NEW = "/campaigns/new"
UPLOADS = {"molecule_file": add_molecules, "result_file": add_results}
EARLIER = 50
"""Campaigns of which the results may be chosen to begin with."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(campaign_access)])


@router.get(NEW)
def new_campaign(
    request: Request,
    repository: Repository,
    actor: CurrentActor,
    recipe: Annotated[str | None, Query(max_length=50)] = None,
    smiles: Annotated[list[str] | None, Query(max_length=1_000)] = None,
) -> Response:
    """The form: blank, with molecules to start from, or filled in by a recipe."""
    if recipe is None:
        return _page(request, repository, actor, _fresh(BLANK.with_molecules(smiles or ())))
    if recipe not in RECIPES:
        raise NotFoundError(f"there is no recipe {recipe!r}; there are {', '.join(RECIPES)}")
    chosen = RECIPES[recipe]
    notices = [Notice(chosen.hint)]
    return _page(request, repository, actor, _fresh(chosen.form), notices, recipe=recipe)


@router.get("/campaigns/{campaign_id}/clone")
def clone_campaign(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    actor: CurrentActor,
    method: SearchMethod | None = None,
) -> Response:
    """The form as it was filled in for that campaign, with what it wants now."""
    row = repository.get(campaign_id)
    form = of_request(to_request(row, repository.objectives(row)))
    if method is not None:
        form = replace(form, method=method, name=f"{form.name}, {method}"[:200])
    notices = [Notice(f"As in “{row.name}”. Change what should differ.")]
    return _page(request, repository, actor, _fresh(form), notices)


@router.post(f"{NEW}/form")
def change_form(
    request: Request, repository: Repository, actor: CurrentActor, sent: Sent
) -> Response:
    """The form with an objective more or less, or with a file's molecules."""
    form, notices = edited(sent), []
    for name, add in UPLOADS.items():
        file = sent.get(name)
        if isinstance(file, UploadFile) and file.filename:
            form, notice = add(form, file.file, file.filename)
            notices.append(notice)
    return _page(request, repository, actor, form, notices)


@router.post(f"{NEW}/check", dependencies=[WantsModel])
def check_form(request: Request, service: Service, sent: Sent) -> Response:
    """What the form would become, beside it."""
    checked = check(Form.of(sent), service)
    return render(request, "creation/_check.html", **_checked(request, checked))


@router.post(NEW, dependencies=[WantsModel])
def create_campaign(
    request: Request,
    repository: Repository,
    service: Service,
    actor: CurrentActor,
    sent: Sent,
) -> Response:
    """Store the campaign, and start it unless it is to stay a draft."""
    form = Form.of(sent)
    checked = check(form, service)
    if not checked.problems and checked.request is not None:
        once = _once(form, checked)
        try:
            reply = service.create(checked.request, once)
        except (AppError, DataError) as error:
            checked = with_refusal(checked, form, error)
        else:
            campaign_id = json.loads(reply.body)["id"]
            if sent.get("action") != "draft":
                _start(request, service, campaign_id)
            return RedirectResponse(f"/campaigns/{campaign_id}", 303)
    return _page(request, repository, actor, form, checked=checked, status=422)


def _start(request: Request, service: CampaignService, campaign_id: str) -> None:
    with request.app.state.session_factory.begin() as session:
        if CampaignRepository(session).get(campaign_id).state is State.DRAFT:
            service.act(session, campaign_id, Action.START)


def _once(form: Form, checked: Check) -> Once:
    """Of this form: sent twice, as by a second click, it is one campaign; changed, another."""
    digest = hashlib.sha256(json.dumps(checked.body, sort_keys=True).encode()).hexdigest()
    return Once(NEW, f"{form.token[:64]} {digest}", digest)


def _fresh(form: Form) -> Form:
    return replace(form, token=uuid.uuid4().hex)


def _page(
    request: Request,
    repository: Repository,
    actor: CurrentActor,
    form: Form,
    notices: Sequence[Notice] = (),
    *,
    checked: Check | None = None,
    recipe: str | None = None,
    status: int = 200,
) -> Response:
    earlier, _ = repository.newest(None, None, EARLIER, visible_to(actor))
    models = request.app.state.models
    return render(
        request,
        "creation/page.html",
        status,
        form=form,
        notices=notices,
        recipe=recipe,
        recipes=RECIPES,
        changes=f"{NEW}/form",
        **choices(),
        earlier=earlier,
        model_choices=[(name, name) for name in models.names()],
        default_model=models.default,
        **_checked(request, checked),
    )


def _checked(request: Request, checked: Check | None) -> dict[str, Any]:
    if checked is None:
        return {"checked": None, "snippets": ()}
    needs_key = request.app.state.settings.require_keys
    base = str(request.base_url).rstrip("/")
    return {
        "checked": checked,
        "snippets": snippets(checked.body, base, needs_key=needs_key),
    }
