"""``/v1/neighbours``: known molecules that resemble one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.known.indexes import KnownIndexes
from app.known.schemas import NeighboursReply, NeighboursRequest
from app.known.search import no_training_index, search
from app.models.admission import WantsModel
from app.models.dependencies import Models
from chemvae.known.index import KnownIndex

router = APIRouter(prefix="/v1", tags=["known molecules"])


def _indexes(request: Request) -> KnownIndexes:
    indexes: KnownIndexes = request.app.state.known
    return indexes


Indexes = Annotated[KnownIndexes, Depends(_indexes)]


@router.post("/neighbours", dependencies=[WantsModel])
def neighbours(request: NeighboursRequest, models: Models, indexes: Indexes) -> NeighboursReply:
    """The known molecules nearest to one, by fingerprint or in the latent space."""
    model = request.model or models.default
    found: dict[str, KnownIndex] = {}
    for library in request.libraries:
        index = indexes.training(model)
        if index is None:
            raise no_training_index(model)
        found[library] = index
    return search(models, request, found)
