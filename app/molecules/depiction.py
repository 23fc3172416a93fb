"""Drawings of molecules, which a browser may keep."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from inspect import signature
from typing import Annotated, Any

import structlog
from cachetools import LRUCache
from fastapi import Query, Response
from pydantic import Field
from rdkit import rdBase
from starlette.concurrency import run_in_threadpool

from app.errors import FieldError, InvalidRequestError
from data.errors import DataError, DepictionError, FilterError, MoleculeError
from data.molecules import DEPICTION_SIDES, align, depict_svg, parse

STYLE = "letters as text"
"""Another one makes other pictures of the same molecules."""

KEEP_SECONDS = 24 * 60 * 60
KEPT = 1_024
"""Drawings kept for whoever asks next, of some 12 kB each."""

log = structlog.get_logger(__name__)

Side = Field(ge=DEPICTION_SIDES[0], le=DEPICTION_SIDES[1])

HEADERS = {
    "Cache-Control": f"public, max-age={KEEP_SECONDS}",
    # Opened on its own, an SVG is a document: it may draw, and nothing else.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


@dataclass(frozen=True, slots=True)
class Depiction:
    """What to draw."""

    smiles: Annotated[
        str, Query(description="Molecule as SMILES.", examples=["CC(=O)Oc1ccccc1C(=O)O"])
    ]
    width: Annotated[int, Side, Query(description="Width in pixels.", examples=[300])] = 300
    height: Annotated[int, Side, Query(description="Height in pixels.", examples=[200])] = 200
    highlight: Annotated[
        str | None,
        Query(
            description="Substructure to highlight, as SMARTS.",
            examples=["c1ccccc1"],
        ),
    ] = None

    align: Annotated[
        str | None,
        Query(
            description="Substructure to draw the same way in every molecule, as SMARTS; one that "
            "the molecule lacks changes nothing.",
            examples=["c1ccncc1"],
        ),
    ] = None

    @property
    def etag(self) -> str:
        """Names the drawing: one RDKit version and one style draw the same picture again."""
        named = repr((rdBase.rdkitVersion, STYLE, *astuple(self)))
        return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'


async def asked(**given: Any) -> Depiction:  # noqa: ANN401
    """What a request asks to draw; made here, as a thread for it would cost as much again."""
    return Depiction(**given)


asked.__signature__ = signature(Depiction)  # type: ignore[attr-defined]


async def respond(depiction: Depiction, if_none_match: str | None) -> Response:
    """The SVG, or 304 where the caller still has it; one that is kept needs no thread.

    Raises:
        InvalidRequestError: the SMILES or the SMARTS cannot be used.
    """
    etag = depiction.etag
    headers = HEADERS | {"ETag": etag}
    if if_none_match and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    svg = _kept.get(etag)
    if svg is None and (coming := _coming.get(etag)) is not None:
        svg = await asyncio.shield(coming)
    if svg is None:
        svg = _kept[etag] = await run_in_threadpool(_drawn, depiction)
    return Response(svg, media_type="image/svg+xml", headers=headers)


async def draw_ahead(depictions: Iterable[Depiction]) -> None:
    """Keep drawings that somebody is about to ask for, after one trip to a thread for all.

    Whoever asks meanwhile waits for his; one that cannot be made tells him why.
    """
    loop = asyncio.get_running_loop()
    wanted = {each.etag: each for each in depictions}
    missing = {
        etag: loop.create_future() for etag in wanted if etag not in _kept and etag not in _coming
    }

    def arrived(etag: str, svg: bytes | None) -> None:
        if svg is not None:
            _kept[etag] = svg
        if not missing[etag].done():
            _coming.pop(etag).set_result(svg)

    def draw() -> None:
        for etag in missing:
            svg = None
            try:
                svg = _drawn(wanted[etag])
            except Exception as error:  # noqa: BLE001 - nobody has asked yet
                log.debug("not drawn", smiles=wanted[etag].smiles, reason=str(error))
            finally:
                loop.call_soon_threadsafe(arrived, etag, svg)

    if missing:
        _coming.update(missing)
        try:
            await run_in_threadpool(draw)
        finally:  # where no thread came to it
            for etag in missing:
                arrived(etag, None)


_kept: LRUCache[str, bytes] = LRUCache(KEPT)
"""Drawings by their ETags; touched by the event loop alone, as is the next."""

_coming: dict[str, asyncio.Future[bytes | None]] = {}
"""Drawings that are being made ahead, by their ETags; None: it could not be."""


def _drawn(depiction: Depiction) -> bytes:
    try:
        mol = parse(depiction.smiles)
        if depiction.align is not None:
            align(mol, depiction.align)
    except FilterError as error:
        raise _refused("align", error) from error
    except MoleculeError as error:
        raise _refused("smiles", error) from error
    try:
        svg = depict_svg(mol, depiction.width, depiction.height, depiction.highlight)
    except FilterError as error:
        raise _refused("highlight", error) from error
    except DepictionError as error:
        raise _refused("smiles", error) from error
    return svg.encode()


def _refused(parameter: str, error: DataError) -> InvalidRequestError:
    code = getattr(error, "code", InvalidRequestError.code)
    where = FieldError(f"/{parameter}", str(error), "query")
    return InvalidRequestError(str(error), code=code, errors=[where])
