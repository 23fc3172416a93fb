"""Things that have an owner, who may share them: what somebody may do with one of them.

To whom it is not shared with it does not exist: 404, as for an id that was never given.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

import sqlalchemy as sa
from fastapi import Request
from sqlalchemy.orm import InstrumentedAttribute, Session
from starlette.concurrency import run_in_threadpool

from app.access.actor import ACTOR, Actor
from app.access.origins import SAFE_METHODS
from app.access.tables import JobShareRow, Share, ShareRow
from app.bulk.tables import JobRow
from app.campaigns.tables import CampaignRow
from app.errors import ForbiddenError, NotFoundError


class Grant(IntEnum):
    """What somebody may do; each includes the ones before it."""

    NONE = 0
    READ = 1
    WRITE = 2
    OWN = 3
    """Also delete it, and share it with others."""


@dataclass(frozen=True, slots=True)
class Owned:
    """One kind of thing.

    Args:
        noun: What it is called in answers.
        row: Its table.
        share: The table of its shares.
        shared: The share's column with its id.
    """

    noun: str
    row: type[CampaignRow] | type[JobRow]
    share: type[Share]
    shared: InstrumentedAttribute[str]

    def missing(self, item_id: str) -> NotFoundError:
        """What a stranger to one is told as well as somebody who asks for none."""
        return NotFoundError(f"no {self.noun} has the id {item_id!r}")

    def grant(self, session: Session, actor: Actor, item_id: str) -> Grant:
        """What ``actor`` may do with one; an admin may do everything, also where none is."""
        if actor.is_admin:
            return Grant.OWN
        share = sa.and_(self.shared == self.row.id, self.share.owner == actor.owner)
        found = session.execute(
            sa.select(self.row.owner, self.share.can_write)
            .outerjoin(self.share, share)
            .where(self.row.id == item_id)
        ).one_or_none()
        if found is None:
            return Grant.NONE
        if found.owner is not None and found.owner == actor.owner:
            return Grant.OWN
        return {None: Grant.NONE, False: Grant.READ, True: Grant.WRITE}[found.can_write]

    def visible_to(self, actor: Actor) -> sa.ColumnElement[bool]:
        """Those that ``actor`` may read, as a condition on the table."""
        return sa.true() if actor.is_admin else self.of(actor.owner)

    def of(self, owner: str | None) -> sa.ColumnElement[bool]:
        """Those that an owner has or shares, as a condition on the table; None: where no keys are
        asked for.
        """
        shared = sa.select(self.shared).where(self.share.owner == owner)
        return sa.or_(self.row.owner == owner, self.row.id.in_(shared))

    def access(self, parameter: str) -> Callable[[Request], Awaitable[None]]:
        """A dependency of every router whose paths hold an id as ``parameter``; lets pass who may.

        It raises NotFoundError where to the caller there is no such thing, and ForbiddenError where
        they may do less with it.
        """

        async def check(request: Request) -> None:
            item_id = request.path_params.get(parameter)
            if item_id is not None and not ACTOR.get().is_admin:
                await run_in_threadpool(self._check, request, item_id)

        return check

    def _check(self, request: Request, item_id: str) -> None:
        with request.app.state.session_factory() as session:
            session.connection(execution_options={"sqlite_begin": "DEFERRED"})
            grant = self.grant(session, ACTOR.get(), item_id)
        if grant is Grant.NONE:
            raise self.missing(item_id)
        if grant < _needed(request.method, request.url.path):
            may = "read" if grant is Grant.READ else "read and change"
            raise ForbiddenError(f"this {self.noun} is shared with you to {may}, and no more")


CAMPAIGNS = Owned("campaign", CampaignRow, ShareRow, ShareRow.campaign_id)
JOBS = Owned("bulk job", JobRow, JobShareRow, JobShareRow.job_id)


def _needed(method: str, path: str) -> Grant:
    if method in SAFE_METHODS:
        return Grant.READ
    return Grant.OWN if method == "DELETE" or "/shares/" in path else Grant.WRITE
