"""Who asks, whose a campaign is, and with whom things are shared."""

from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends
from sqlalchemy.orm import Session

from app.access.actor import ACTOR, Actor
from app.access.keys import KeyRepository
from app.access.ownership import CAMPAIGNS, Grant, Owned
from app.access.tables import Share
from app.errors import FieldError, InvalidRequestError, NotFoundError

__all__ = [
    "CurrentActor",
    "Grant",
    "campaign_access",
    "current_actor",
    "grant_of",
    "put_share",
    "remove_share",
    "shares_of",
    "visible_to",
]

grant_of = CAMPAIGNS.grant
visible_to = CAMPAIGNS.visible_to
campaign_access = CAMPAIGNS.access("campaign_id")


def current_actor() -> Actor:
    """Who is behind this request."""
    return ACTOR.get()


async def _current_actor() -> Actor:
    # A dependency that is no coroutine costs a trip to a thread and back.
    return current_actor()


CurrentActor = Annotated[Actor, Depends(_current_actor)]


def shares_of(session: Session, kind: Owned, item_id: str) -> Sequence[Share]:
    """Whom one is shared with, by name."""
    query = sa.select(kind.share).where(kind.shared == item_id).order_by(kind.share.owner)
    return session.scalars(query).all()


def put_share(session: Session, kind: Owned, item_id: str, owner: str, *, can_write: bool) -> Share:
    """Share one that exists, or change how it is shared.

    Raises:
        InvalidRequestError: nobody of that name has a key.
    """
    if not KeyRepository(session).owns_any(owner):
        detail = f"no key belongs to {owner!r}"
        raise InvalidRequestError(detail, errors=[FieldError("/owner", detail, "path")])
    identity = {kind.shared.key: item_id, "owner": owner}
    row = session.get(kind.share, identity)
    if row is None:
        row = kind.share(**identity)
        session.add(row)
    row.can_write = can_write
    session.flush()
    return row


def remove_share(session: Session, kind: Owned, item_id: str, owner: str) -> None:
    """Share it with them no longer.

    Raises:
        NotFoundError: it was not shared with them.
    """
    row = session.get(kind.share, {kind.shared.key: item_id, "owner": owner})
    if row is None:
        raise NotFoundError(f"{kind.noun} {item_id!r} is not shared with {owner!r}")
    session.delete(row)
