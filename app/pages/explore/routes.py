"""The pages of Explore; the address holds everything that was asked."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.access.ownership import JOBS
from app.access.sharing import CurrentActor
from app.bulk.repository import BulkRepository
from app.bulk.states import JobState
from app.known.names import MAX_LIBRARIES, TRAINING
from app.known.router import Indexes
from app.known.router import neighbours as find_neighbours
from app.known.schemas import NeighboursRequest
from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.molecules import router as molecules
from app.molecules.schemas.complete import CompleteRequest
from app.molecules.schemas.interpolate import InterpolateRequest
from app.molecules.schemas.sample import SampledMolecule, SampleReply, SampleRequest
from app.pages.explore.asking import Asked, Problem, R, ask
from app.pages.explore.place import Place, place_of, properties_of
from app.pages.rendering import render
from app.transactions import DatabaseSession
from chemvae.latent.neighbourhood import calibrated_radii, expected_similarity, expected_validity

AROUND = {"scaled_radius": "1", "num_molecules": "24", "temperature": "0", "seed": "0"}
BETWEEN = {"num_steps": "9", "method": "linear"}
NEIGHBOURS = {"k": "24", "space": "fingerprint", "libraries": [TRAINING]}
COMPLETE = {"num_molecules": "24", "temperature": "1", "seed": "0"}
"""What the fields hold to begin with. A seed, so that a link leads to the same molecules."""

SORTS = ("similarity", "logp", "qed", "sas", "molecular_weight")

router = APIRouter(include_in_schema=False)


@router.get("/explore", dependencies=[WantsModel])
def around(
    request: Request, models: Models, sort: Annotated[str, Query(max_length=50)] = "similarity"
) -> Response:
    """Molecules whose latents lie around that of one."""
    asked = ask(SampleRequest, request.query_params, AROUND, ("smiles",))
    place, problems = _start(models, asked, "smiles")
    reply = None
    if not problems:
        reply, problems = asked.answered(lambda wanted: molecules.sample(wanted, models))
    card = models.card(asked.values["model"] or models.default)
    return _page(
        request,
        models,
        "around",
        asked,
        problems,
        place=place,
        reply=reply,
        molecules=_sorted(reply, sort),
        sort=sort,
        sorts=SORTS,
        calibration=calibrated_radii(card),
        **_expected(card, asked.values["scaled_radius"]),
    )


@router.get("/explore/expected")
def expected(
    request: Request,
    models: Models,
    scaled_radius: Annotated[str, Query(max_length=50)] = "",
    model: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What a radius means on the model, to be seen beside the slider that is moved."""
    card = models.card(model or models.default)
    return render(request, "explore/_expected.html", **_expected(card, scaled_radius))


@router.get("/explore/neighbours", dependencies=[WantsModel])
def neighbours(
    request: Request, models: Models, known: Indexes, actor: CurrentActor, session: DatabaseSession
) -> Response:
    """Known molecules that resemble one."""
    asked = ask(NeighboursRequest, request.query_params, NEIGHBOURS, ("smiles",))
    reply, problems = asked.answered(
        lambda wanted: find_neighbours(wanted, request, actor, models, known)
    )
    found = [item.smiles for item in reply.neighbours] if reply else []
    libraries, _ = BulkRepository(session).newest(
        None, JobState.SUCCEEDED, MAX_LIBRARIES, JOBS.visible_to(actor), "library"
    )
    return _page(
        request,
        models,
        "neighbours",
        asked,
        problems,
        reply=reply,
        properties=properties_of(found),
        libraries={TRAINING: "Training set", **{job.id: job.name for job in libraries}},
    )


@router.get("/explore/between", dependencies=[WantsModel])
def between(request: Request, models: Models) -> Response:
    """The way from one molecule to another."""
    asked = ask(InterpolateRequest, request.query_params, BETWEEN, ("start", "end"))
    reply, problems = asked.answered(lambda wanted: molecules.interpolate(wanted, models))
    return _page(request, models, "between", asked, problems, reply=reply)


@router.get("/explore/complete", dependencies=[WantsModel])
def complete(
    request: Request, models: Models, sort: Annotated[str, Query(max_length=50)] = ""
) -> Response:
    """Molecules that continue a scaffold."""
    asked = ask(CompleteRequest, request.query_params, COMPLETE, ("fragment",))
    reply, problems = asked.answered(lambda wanted: molecules.complete(wanted, models))
    return _page(
        request,
        models,
        "complete",
        asked,
        problems,
        reply=reply,
        molecules=_sorted(reply, sort),
        sort=sort,
        sorts=SORTS[1:],
    )


def _start(models: Models, asked: Asked[R], field: str) -> tuple[Place | None, tuple[Problem, ...]]:
    """What the model makes of the molecule in a field; a problem where it has no latent."""
    smiles = asked.values[field]
    if not smiles:
        return None, asked.problems
    place = place_of(models, asked.values["model"] or None, smiles)
    if place.refusal is not None:
        return place, (*asked.problems, Problem(field, place.refusal.message))
    return place, asked.problems


def _expected(card: Mapping[str, Any], radius: str) -> dict[str, Any]:
    try:
        at = float(radius)
    except ValueError:
        at = float("nan")
    return {
        "radius": radius,
        "expected_similarity": expected_similarity(card, at),
        "expected_validity": expected_validity(card, at),
    }


def _sorted(reply: SampleReply | None, sort: str) -> list[SampledMolecule]:
    """The molecules, what is usually wanted first; as they were found by an unknown order."""
    found = reply.molecules if reply else []
    if sort == "similarity":
        return sorted(found, key=lambda item: -(item.similarity or 0.0))
    sign = -1.0 if sort == "qed" else 1.0
    return sorted(found, key=lambda item: sign * item.properties.get(sort, 0.0))


def _page(
    request: Request,
    models: Models,
    tool: str,
    asked: Asked[R],
    problems: tuple[Problem, ...],
    **context: object,
) -> Response:
    return render(
        request,
        f"explore/{tool}.html",
        422 if problems else 200,
        tool=tool,
        request_path=request.url.path,
        values=asked.values,
        problems=problems,
        fields_refused={problem.field for problem in problems},
        model_names=models.names(),
        default_model=models.default,
        **context,
    )
