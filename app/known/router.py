"""``/v1/neighbours``: known molecules that resemble one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.access.sharing import CurrentActor
from app.database import read
from app.known.indexes import KnownIndexes
from app.known.libraries import check_libraries
from app.known.schemas import NeighboursReply, NeighboursRequest
from app.known.search import search
from app.models.admission import WantsModel
from app.models.dependencies import Models

router = APIRouter(prefix="/v1", tags=["known molecules"])


def _indexes(request: Request) -> KnownIndexes:
    indexes: KnownIndexes = request.app.state.known
    return indexes


Indexes = Annotated[KnownIndexes, Depends(_indexes)]


@router.post("/neighbours", dependencies=[WantsModel])
def neighbours(
    asked: NeighboursRequest, request: Request, actor: CurrentActor, models: Models, known: Indexes
) -> NeighboursReply:
    """The known molecules nearest to one, by fingerprint or in the latent space."""
    # No transaction stays open while a library is indexed, or searched.
    with read(request.app.state.session_factory) as session:
        check_libraries(session, actor, asked.libraries)
    indexes = known.named(asked.libraries, asked.model or models.default)
    return search(models, asked, indexes)
