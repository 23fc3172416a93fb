"""Who am I, who shares a campaign, who changed what."""

from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.orm import Session

from app.access.actor import Scope
from app.access.audit import entries
from app.access.keys import OWNER, KeyRepository
from app.access.schemas import AuditReply, ShareReply, ShareRequest, WhoAmI
from app.access.sharing import CurrentActor, campaign_access
from app.access.tables import MAX_OWNER, AuditRow, ShareRow
from app.campaigns.repository import CampaignRepository
from app.database import DatabaseSession
from app.errors import FieldError, InvalidRequestError, NotFoundError
from app.pagination import NumberedPagination, NumberedQuery, Page

CampaignId = Annotated[
    str, Path(description="The campaign's `id`.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"])
]
Owner = Annotated[str, Path(pattern=OWNER, description="The owner of keys.", examples=["bob"])]

router = APIRouter(prefix="/v1", tags=["access"], dependencies=[Depends(campaign_access)])


@router.get("/whoami")
def who_am_i(actor: CurrentActor) -> WhoAmI:
    """Whose key the request shows, and what it is good for."""
    return WhoAmI(owner=actor.owner, key_id=actor.key_id, scope=actor.scope)


@router.get("/campaigns/{campaign_id}/shares")
def list_shares(campaign_id: CampaignId, session: DatabaseSession) -> Page[ShareReply]:
    """Whom the campaign is shared with."""
    CampaignRepository(session).get(campaign_id)
    query = sa.select(ShareRow).where(ShareRow.campaign_id == campaign_id).order_by(ShareRow.owner)
    items = [ShareReply.of(row) for row in session.scalars(query)]
    return Page(items=items, total=len(items), next=None)


@router.put("/campaigns/{campaign_id}/shares/{owner}")
def share_campaign(
    campaign_id: CampaignId, owner: Owner, request: ShareRequest, session: DatabaseSession
) -> ShareReply:
    """Let somebody else read the campaign, or read and change it; its owner's to decide."""
    CampaignRepository(session).get(campaign_id)
    if not KeyRepository(session).owns_any(owner):
        detail = f"no key belongs to {owner!r}"
        raise InvalidRequestError(detail, errors=[FieldError("/owner", detail, "path")])
    row = session.get(ShareRow, (campaign_id, owner))
    if row is None:
        row = ShareRow(campaign_id=campaign_id, owner=owner)
        session.add(row)
    row.can_write = request.can_write
    session.flush()
    return ShareReply.of(row)


@router.delete("/campaigns/{campaign_id}/shares/{owner}", status_code=204)
def unshare_campaign(campaign_id: CampaignId, owner: Owner, session: DatabaseSession) -> None:
    """Share it with them no longer."""
    row = session.get(ShareRow, (campaign_id, owner))
    if row is None:
        raise NotFoundError(f"campaign {campaign_id!r} is not shared with {owner!r}")
    session.delete(row)


@router.get("/campaigns/{campaign_id}/audit")
def read_campaign_audit(
    campaign_id: CampaignId, session: DatabaseSession, page: NumberedQuery
) -> Page[AuditReply]:
    """Who changed the campaign, newest first."""
    CampaignRepository(session).get(campaign_id)
    return _audit(session, page, [AuditRow.campaign_id == campaign_id])


@router.get("/audit")
def read_audit(
    actor: CurrentActor,
    session: DatabaseSession,
    page: NumberedQuery,
    owner: Annotated[
        str | None, Query(max_length=MAX_OWNER, description="Only theirs.", examples=["alice"])
    ] = None,
) -> Page[AuditReply]:
    """Who changed what, newest first; needs a key of scope `admin`."""
    actor.require(Scope.ADMIN)
    return _audit(session, page, [] if owner is None else [AuditRow.owner == owner])


def _audit(
    session: Session, page: NumberedPagination, wanted: Sequence[sa.ColumnElement[bool]]
) -> Page[AuditReply]:
    rows, total = entries(session, wanted, page.after, page.limit + 1)
    shown = rows[: page.limit]
    return Page(
        items=[AuditReply.of(row) for row in shown],
        total=total,
        next=str(shown[-1].id) if len(rows) > page.limit else None,
    )
