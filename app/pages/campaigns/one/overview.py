"""How a campaign goes: tiles, its course, the front, the plane of its latents."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from app.access.sharing import CurrentActor, campaign_access
from app.alarm import StallAfter
from app.campaigns.dependencies import CampaignId, Repository, Service, Trials
from app.campaigns.progress import progress_of
from app.campaigns.revision import CampaignPatch
from app.campaigns.states import Action
from app.campaigns.trial_replies import TrialReply
from app.idempotency import Once
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.pages.campaigns.one.place import ACTIONS, TABS, Place
from app.pages.campaigns.one.points import Points, baseline_of, course_of
from app.pages.rendering import render
from app.transactions import DatabaseSession

BEST_SHOWN = 12
MAP_ROWS = 200
"""Rows of the map's table; the export has all."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(campaign_access)])
Seen = Annotated[str, Query(max_length=100)]


@router.get("/campaigns/{campaign_id}")
def show_campaign(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    stall_after: StallAfter,
    actor: CurrentActor,
    models: Models,
) -> Response:
    """The first page of a campaign; asked for a part alone, it gives the same."""
    row = repository.get(campaign_id)
    points = Points.kept(request.app.state.kept_points, repository, row)
    return render(
        request,
        "one/overview.html",
        **Place.of(repository, row, "", stall_after).context(),
        progress=progress_of(repository, row, models, hypervolume=False),
        best=[TrialReply.of(trial) for trial in repository.best(campaign_id, BEST_SHOWN)],
        course=course_of(repository, row),
        baseline=baseline_of(repository, row, actor),
        points=points,
        map_rows=points.trials[-MAP_ROWS:],
    )


@router.get("/campaigns/{campaign_id}/head")
def read_head(
    request: Request,
    campaign_id: CampaignId,
    repository: Repository,
    stall_after: StallAfter,
    tab: Annotated[str, Query(max_length=20)] = "",
    known: Annotated[Seen, Query(alias="seen")] = "",
) -> Response:
    """The head of its pages, and word of a change; nothing where the reader has seen it."""
    row = repository.get(campaign_id)
    if row.stamp == known:
        return Response(status_code=204)
    place = Place.of(repository, row, tab if tab in TABS else "", stall_after)
    response = render(request, "one/_head.html", **place.context())
    response.headers["HX-Trigger"] = "campaign-changed"
    return response


@router.get("/campaigns/{campaign_id}/points.json")
def read_points(
    request: Request, campaign_id: CampaignId, repository: Repository, actor: CurrentActor
) -> JSONResponse:
    """What its charts show."""
    row = repository.get(campaign_id)
    baseline = baseline_of(repository, row, actor)
    points = Points.kept(request.app.state.kept_points, repository, row)
    content = points.to_json() | {
        "best": course_of(repository, row).best,
        "baseline": baseline and {"name": baseline.name, "best": baseline.best},
    }
    return JSONResponse(content, headers={"Cache-Control": "private, no-cache"})


@router.post("/campaigns/{campaign_id}/ask", dependencies=[WantsModel])
def ask(campaign_id: CampaignId, trials: Trials) -> Response:
    """A batch of suggestions for the bench, outside of a run."""
    trials.suggest(campaign_id, None, Once("", None, ""))
    return RedirectResponse(f"/campaigns/{campaign_id}/molecules?show=open", 303)


@router.post("/campaigns/{campaign_id}/delete")
def delete(campaign_id: CampaignId, session: DatabaseSession, service: Service) -> Response:
    """Forget it with all its trials."""
    service.delete(session, campaign_id)
    return RedirectResponse("/campaigns", 303)


@router.post("/campaigns/{campaign_id}/extend", dependencies=[WantsModel])
def extend(
    campaign_id: CampaignId,
    trials: Trials,
    session: DatabaseSession,
    service: Service,
    max_evaluations: Annotated[int, Form(ge=1, le=100_000)],
) -> Response:
    """Raise the budget, and go on."""
    patch = CampaignPatch.model_validate({"budget": {"max_evaluations": max_evaluations}})
    trials.revise(campaign_id, patch, Once("", None, ""))
    service.act(session, campaign_id, Action.RESUME)
    return RedirectResponse(f"/campaigns/{campaign_id}", 303)


def _add_action(action: Action) -> None:
    def act(campaign_id: CampaignId, session: DatabaseSession, service: Service) -> Response:
        service.act(session, campaign_id, action)
        return RedirectResponse(f"/campaigns/{campaign_id}", 303)

    router.add_api_route(f"/campaigns/{{campaign_id}}/{action}", act, methods=["POST"])


for _action in ACTIONS:
    _add_action(_action)
