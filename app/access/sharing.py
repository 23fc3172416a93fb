"""Whose a campaign is, and what others may do with it.

To whom it is not shared with, a campaign does not exist: 404, as for an id that was never given.
"""

from enum import IntEnum
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.access.actor import ACTOR, Actor
from app.access.origins import SAFE_METHODS
from app.access.tables import ShareRow
from app.campaigns.tables import CampaignRow
from app.errors import ForbiddenError, NotFoundError


class Grant(IntEnum):
    """What somebody may do with a campaign; each includes the ones before it."""

    NONE = 0
    READ = 1
    WRITE = 2
    OWN = 3
    """Also delete it, and share it with others."""


def current_actor() -> Actor:
    """Who is behind this request."""
    return ACTOR.get()


async def _current_actor() -> Actor:
    # A dependency that is no coroutine costs a trip to a thread and back.
    return current_actor()


CurrentActor = Annotated[Actor, Depends(_current_actor)]


def grant_of(session: Session, actor: Actor, campaign_id: str) -> Grant:
    """What ``actor`` may do with the campaign; an admin may do everything, also where none is."""
    if actor.is_admin:
        return Grant.OWN
    share = sa.and_(ShareRow.campaign_id == CampaignRow.id, ShareRow.owner == actor.owner)
    found = session.execute(
        sa.select(CampaignRow.owner, ShareRow.can_write)
        .outerjoin(ShareRow, share)
        .where(CampaignRow.id == campaign_id)
    ).one_or_none()
    if found is None:
        return Grant.NONE
    if found.owner is not None and found.owner == actor.owner:
        return Grant.OWN
    return {None: Grant.NONE, False: Grant.READ, True: Grant.WRITE}[found.can_write]


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The campaigns that ``actor`` may read, as a condition on ``CampaignRow``."""
    if actor.is_admin:
        return sa.true()
    shared = sa.select(ShareRow.campaign_id).where(ShareRow.owner == actor.owner)
    return sa.or_(CampaignRow.owner == actor.owner, CampaignRow.id.in_(shared))


async def campaign_access(request: Request) -> None:
    """Let pass who may; a dependency of every router whose paths hold a ``campaign_id``.

    Raises:
        NotFoundError: to this caller there is no such campaign.
        ForbiddenError: they may read it, and no more.
    """
    campaign_id = request.path_params.get("campaign_id")
    if campaign_id is not None and not current_actor().is_admin:
        await run_in_threadpool(_check, request, campaign_id)


def _check(request: Request, campaign_id: str) -> None:
    with request.app.state.session_factory() as session:
        session.connection(execution_options={"sqlite_begin": "DEFERRED"})
        grant = grant_of(session, current_actor(), campaign_id)
    if grant is Grant.NONE:
        raise NotFoundError(f"no campaign has the id {campaign_id!r}")
    needed = _needed(request.method, request.url.path)
    if grant < needed:
        may = "read" if grant is Grant.READ else "read and change"
        raise ForbiddenError(f"this campaign is shared with you to {may}, and no more")


def _needed(method: str, path: str) -> Grant:
    if method in SAFE_METHODS:
        return Grant.READ
    return Grant.OWN if method == "DELETE" or "/shares/" in path else Grant.WRITE
