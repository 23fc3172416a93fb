"""The map of the latent space, its points, and the molecules of a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.ownership import JOBS
from app.access.sharing import CurrentActor, campaign_access, visible_to
from app.bulk.repository import BulkRepository
from app.bulk.states import JobState
from app.campaigns.dependencies import CampaignId, Repository
from app.campaigns.evaluated import Placed, placed
from app.database import read
from app.errors import ConflictError, InvalidRequestError, NotFoundError
from app.known.libraries import check_libraries
from app.known.names import MAX_LIBRARIES, TRAINING
from app.known.router import Indexes
from app.maps.kept import KeptMap
from app.maps.sources import PRIOR, Indexed, Prior, Source
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.molecules import router as molecules
from app.molecules.schemas.properties import PropertiesItem, PropertiesRequest
from app.pages.explore.asking import Problem, problems_of
from app.pages.explore.place import SHOWN
from app.pages.latent_map.area import polygon, squares
from app.pages.rendering import drawing, render
from chemvae.errors import ConfigError
from chemvae.known.index import KnownIndex
from chemvae.latent.maps import MapMethod

MAX_SHOWN = 48
"""Molecules of an area that are drawn."""

CAMPAIGNS = 50
"""Campaigns that may be chosen from."""

PROJECTIONS = {"pca": "PCA: distances", "umap": "UMAP: neighbourhoods"}

KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
"""The address of the points names the weights, and a map of one model never changes."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(campaign_access)])


@dataclass(frozen=True, slots=True)
class Shown:
    """One map, and what it is of."""

    source: Source
    kept: KeptMap


def _shown(
    request: Request,
    models: Models,
    known: Indexes,
    actor: CurrentActor,
    source: Annotated[str, Query(max_length=64)] = "",
    model: Annotated[str, Query(max_length=200)] = "",
    projection: MapMethod = "pca",
) -> Shown:
    name = model or models.default
    source = source or (PRIOR if known.training(name) is None else TRAINING)
    chosen = models.get(name)
    if source == PRIOR:
        found: Source = Prior(chosen)
    else:
        # No transaction stays open while a library is indexed.
        with read(request.app.state.session_factory) as session:
            check_libraries(session, actor, [source])
        index = known.named([source], name)[source]
        if index.model != chosen.fingerprint:
            raise ConflictError(f"the library {source!r} was encoded by another model than {name}")
        found = Indexed(source, index)
    try:
        return Shown(found, request.app.state.maps.get(found, chosen, projection))
    except ConfigError as error:
        raise InvalidRequestError(str(error)) from error


def _sources(
    session: Session, actor: Actor, fingerprint: str, training: KnownIndex | None
) -> dict[str, str]:
    """What there can be a map of, with its name for people."""
    jobs, _ = BulkRepository(session).newest(
        None, JobState.SUCCEEDED, MAX_LIBRARIES, JOBS.visible_to(actor), "library"
    )
    return {
        PRIOR: "Draws of the model",
        **({} if training is None else {TRAINING: "Training set"}),
        **{job.id: job.name for job in jobs if job.model_hash == fingerprint},
    }


TheMap = Annotated[Shown, Depends(_shown)]


@router.get("/map", dependencies=[WantsModel])
def show_map(
    request: Request,
    models: Models,
    the: TheMap,
    known: Indexes,
    repository: Repository,
    actor: CurrentActor,
    model: Annotated[str, Query(max_length=200)] = "",
    colour: Annotated[str, Query(max_length=50)] = "",
    area: Annotated[str, Query(max_length=10_000)] = "",
    campaign: Annotated[list[str] | None, Query(max_length=10)] = None,
) -> Response:
    """The map, and the molecules of the area that is chosen."""
    chosen = models.get(model or None)
    rows, _ = repository.newest(None, None, CAMPAIGNS, visible_to(actor))
    found, problems = _within(the, area)
    return render(
        request,
        "map/page.html",
        422 if problems else 200,
        kept=the.kept,
        source=the.source.name,
        projections=PROJECTIONS,
        sources=_sources(
            repository.session, actor, chosen.fingerprint, known.training(model or models.default)
        ),
        model=model or None,
        model_names=models.names(),
        default_model=models.default,
        version=chosen.fingerprint[:12],
        colour=colour if colour in the.kept.properties else the.kept.properties[0],
        campaigns=[row for row in rows if row.model_hash == chosen.fingerprint],
        picked=campaign or [],
        area=area,
        found=found,
        problems=problems,
        squares=squares(the.kept),
    )


@router.get("/map/points.bin", dependencies=[WantsModel])
def read_points(the: TheMap) -> Response:
    """See ``KeptMap.points``."""
    return Response(the.kept.points(), media_type="application/octet-stream", headers=KEPT)


@router.get("/map/{row}.svg", dependencies=[WantsModel])
def draw_point(the: TheMap, row: int) -> Response:
    """Where the drawing of the molecule at a point is found."""
    smiles = _smiles(the, [row])[0] if 0 <= row < len(the.kept) else None
    if smiles is None:
        raise NotFoundError(f"the map has no molecule at row {row}")
    return RedirectResponse(drawing(smiles, 200, 140), 307)


@router.get("/campaigns/{campaign_id}/map.json", dependencies=[WantsModel])
def place_campaign(the: TheMap, campaign_id: CampaignId, repository: Repository) -> dict[str, Any]:
    """The trials of a campaign on the map: x, y, number and utility of each."""
    campaign = repository.get(campaign_id)
    trials = placed(repository.session, campaign_id)
    return {"name": campaign.name, "points": _on_map(the.kept, trials)}


def _on_map(
    kept: KeptMap, trials: Sequence[Placed]
) -> list[tuple[float, float, int, float | None]]:
    latents = torch.tensor([trial.latent for trial in trials]).reshape(-1, kept.latents.shape[1])
    return [
        (round(x, 4), round(y, 4), trial.number, trial.utility)
        for (x, y), trial in zip(kept.place(latents).tolist(), trials, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Within:
    """What lies in an area."""

    count: int
    molecules: list[PropertiesItem]
    """Some of them."""


def _within(the: Shown, area: str) -> tuple[Within | None, tuple[Problem, ...]]:
    if not area:
        return None, ()
    try:
        rows = the.kept.inside(polygon(area))
    except InvalidRequestError as error:
        return None, problems_of(error)
    # The order of the rows is random, so the first are as good as any.
    smiles = [item for item in _smiles(the, rows[:MAX_SHOWN].tolist()) if item is not None]
    if not smiles:
        return Within(len(rows), []), ()
    asked = PropertiesRequest(smiles=list(dict.fromkeys(smiles)), properties=list(SHOWN))
    items = molecules.properties(asked).items
    return Within(len(rows), [item for item in items if isinstance(item, PropertiesItem)]), ()


def _smiles(the: Shown, rows: list[int]) -> list[str | None]:
    return the.source.smiles(rows, the.kept.latents[rows])
