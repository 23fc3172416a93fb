"""Molecules over HTTP: encode, decode, sample, compute, draw."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from app.models.admission import WantsModel
from app.models.dependencies import Models
from app.molecules import completion, decoding, depiction, encoding, interpolation, sampling
from app.molecules.oracles import Oracle, OracleSource, list_oracles, list_sources
from app.molecules.properties import compute_properties
from app.molecules.schemas.complete import CompleteRequest
from app.molecules.schemas.decode import DecodeReply, DecodeRequest
from app.molecules.schemas.encode import EncodeReply, EncodeRequest
from app.molecules.schemas.interpolate import InterpolateReply, InterpolateRequest
from app.molecules.schemas.properties import PropertiesReply, PropertiesRequest
from app.molecules.schemas.sample import SampleReply, SampleRequest
from app.pagination import Page
from chemvae.seeds import MAX_SEED
from data.properties import PROPERTIES

router = APIRouter(prefix="/v1", tags=["molecules"])


def _seed(asked: int | None) -> int:
    return secrets.randbelow(MAX_SEED + 1) if asked is None else asked


@router.post("/encode", dependencies=[WantsModel])
def encode(request: EncodeRequest, models: Models) -> EncodeReply:
    """Where the model puts each molecule, and what it decodes from there."""
    items = encoding.encode(models.get(request.model), request.smiles)
    return EncodeReply(model=request.model or models.default, items=items)


@router.post("/decode", dependencies=[WantsModel])
def decode(request: DecodeRequest, models: Models) -> DecodeReply:
    """The molecules that each latent decodes to; every SMILES that comes back parses."""
    seed = _seed(request.seed)
    items = decoding.decode(models.get(request.model), request, seed)
    return DecodeReply(
        model=request.model or models.default,
        seed=seed,
        constrained=request.constrained,
        items=items,
    )


@router.post("/sample", dependencies=[WantsModel])
def sample(request: SampleRequest, models: Models) -> SampleReply:
    """New molecules from the prior, or around a molecule; every SMILES parses."""
    return sampling.sample(
        models.get(request.model),
        request.model or models.default,
        models.training_index(request.model),
        models.card(request.model or models.default),
        request,
        _seed(request.seed),
    )


@router.post("/complete", dependencies=[WantsModel])
def complete(request: CompleteRequest, models: Models) -> SampleReply:
    """Whole molecules that continue a scaffold with an open end, or the beginning of a SMILES."""
    return completion.complete(
        models.get(request.model),
        request.model or models.default,
        models.training_index(request.model),
        request,
        _seed(request.seed),
    )


@router.post("/interpolate", dependencies=[WantsModel])
def interpolate(request: InterpolateRequest, models: Models) -> InterpolateReply:
    """The way from one molecule to another through the latent space, decoded step by step."""
    return interpolation.interpolate(
        models.get(request.model), request.model or models.default, request
    )


@router.post("/properties")
def properties(request: PropertiesRequest) -> PropertiesReply:
    """Computed properties of each molecule."""
    names = list(PROPERTIES) if request.properties is None else request.properties
    return PropertiesReply(items=compute_properties(request.smiles, names))


@router.get("/oracles", response_model=Page[Oracle])
async def oracles() -> Response:
    """Every objective that is computed; a campaign may also have measured ones of its own."""
    # On the event loop: what it says is in memory.
    items = list_oracles()
    return Page(items=items, total=len(items), next=None).to_response()


@router.get("/oracles/sources")
def oracle_sources() -> Page[OracleSource]:
    """Where objectives of other names may come from: a model of your data, a service of yours."""
    items = list_sources()
    return Page(items=items, total=len(items), next=None)


@router.get(
    "/molecules/depiction.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}, 304: {"description": "Still the same."}},
)
async def depict(
    asked: Annotated[depiction.Depiction, Depends(depiction.asked)],
    if_none_match: Annotated[
        str | None, Header(description="ETag of the drawing the caller has.")
    ] = None,
) -> Response:
    """A drawing of a molecule as SVG."""
    return await depiction.respond(asked, if_none_match)
