"""The page of a molecule, and what a chemist says there of a trial."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.access.actor import Actor, Scope
from app.access.sharing import CurrentActor, Grant, campaign_access, grant_of
from app.campaigns.dependencies import CampaignId, TrialId, Trials
from app.campaigns.records import to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.result_schemas import TrialPatch
from app.campaigns.trial_replies import TrialReply
from app.database import read
from app.errors import AppError
from app.idempotency import Once
from app.known.router import Indexes
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.pages.explore.asking import Problem, problems_of
from app.pages.explore.place import place_of
from app.pages.forms import Sent, from_text
from app.pages.molecules.compound import Compound, Libraries, Library, compound_of
from app.pages.molecules.opinion import Opinion
from app.pages.rendering import render
from app.transactions import DatabaseSession
from data.errors import DataError
from data.properties import PROPERTIES

UNITS = {name: entry.unit for name, entry in PROPERTIES.items()}

router = APIRouter(include_in_schema=False, dependencies=[Depends(campaign_access)])
Text = Annotated[str, Query(max_length=2_000)]


@router.get("/molecules", dependencies=[WantsModel])
def read_molecule(
    request: Request,
    library: Libraries,
    smiles: Text = "",
    model: Text = "",
) -> Response:
    """A molecule by itself."""
    compound: Compound | None = None
    problems: tuple[Problem, ...] = ()
    if smiles.strip():
        try:
            compound = compound_of(library, model or None, smiles)
        except DataError as error:
            problems = (Problem("smiles", str(error)),)
    return render(
        request,
        "molecules/page.html",
        422 if problems else 200,
        smiles=smiles,
        model=model or None,
        compound=compound,
        problems=problems,
        units=UNITS,
        trial=None,
    )


@router.get("/molecules/latent", dependencies=[WantsModel])
def read_latent(request: Request, models: Models, smiles: Text = "", model: Text = "") -> Response:
    """What the model makes of a molecule; the page does not wait for it."""
    place = place_of(models, model or None, smiles)
    return render(request, "molecules/_latent.html", place=place, model=model or None)


@router.get("/campaigns/{campaign_id}/molecules/{trial_id}", dependencies=[WantsModel])
def read_trial(
    request: Request,
    library: Libraries,
    session: DatabaseSession,
    actor: CurrentActor,
    campaign_id: CampaignId,
    trial_id: TrialId,
) -> Response:
    """A trial of a campaign: what was expected of its molecule, and what came."""
    return _trial_page(request, library, session, actor, campaign_id, trial_id)


@router.post("/campaigns/{campaign_id}/molecules/{trial_id}", dependencies=[WantsModel])
def say(
    request: Request,
    models: Models,
    known: Indexes,
    trials: Trials,
    actor: CurrentActor,
    campaign_id: CampaignId,
    trial_id: TrialId,
    sent: Sent,
) -> Response:
    """Keep values, verdict and note of the trial; what cannot be kept stays in the form."""
    sessions = request.app.state.session_factory
    with read(sessions) as session:
        trial = TrialReply.of(CampaignRepository(session).trial(campaign_id, trial_id))
        before = Opinion.of_trial(trial, _measured(session, campaign_id))
    opinion = Opinion.of_form(sent, before)
    body = opinion.patch(before, trial.metadata)
    try:
        if body:
            once = Once(request.url.path, None, hashlib.sha256(repr(body).encode()).hexdigest())
            trials.amend(campaign_id, trial_id, from_text(TrialPatch, body), once)
    except (AppError, DataError, ValidationError) as error:
        with read(sessions) as session:
            library = Library(request, models, known, session, actor)
            return _trial_page(
                request, library, session, actor, campaign_id, trial_id, opinion, problems_of(error)
            )
    return RedirectResponse(request.url.path, 303)


def _trial_page(
    request: Request,
    library: Library,
    session: Session,
    actor: Actor,
    campaign_id: str,
    trial_id: int,
    opinion: Opinion | None = None,
    problems: tuple[Problem, ...] = (),
) -> Response:
    repository = CampaignRepository(session)
    campaign = repository.get(campaign_id)
    trial = TrialReply.of(repository.trial(campaign_id, trial_id))
    measured = _measured(session, campaign_id)
    compound = None
    if trial.smiles is not None:
        compound = compound_of(library, campaign.model, trial.smiles)
    may_write = actor.scope.includes(Scope.WRITE)
    return render(
        request,
        "molecules/page.html",
        422 if problems else 200,
        smiles=trial.smiles or "",
        model=None if campaign.model == library.models.default else campaign.model,
        compound=compound,
        problems=problems,
        units=UNITS,
        trial=trial,
        campaign=campaign,
        objectives=to_request(campaign, repository.objectives(campaign)).objectives,
        measured=measured,
        opinion=opinion or Opinion.of_trial(trial, measured),
        may_write=may_write and grant_of(session, actor, campaign_id) >= Grant.WRITE,
    )


def _measured(session: Session, campaign_id: str) -> list[str]:
    """Names of the objectives whose values come from the bench."""
    repository = CampaignRepository(session)
    campaign = repository.get(campaign_id)
    wanted = to_request(campaign, repository.objectives(campaign)).objectives
    return [item.name for item in wanted if item.source == "measured"]
