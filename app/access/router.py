"""Who am I, who shares a campaign, who changed what."""

from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.orm import Session

from app.access.actor import Scope
from app.access.audit import entries
from app.access.ownership import CAMPAIGNS
from app.access.schemas import AuditReply, Owner, ShareReply, ShareRequest, WhoAmI
from app.access.sharing import (
    CurrentActor,
    campaign_access,
    put_share,
    remove_share,
    shares_of,
)
from app.access.tables import MAX_OWNER, AuditRow
from app.campaigns.repository import CampaignRepository
from app.pagination import NumberedPagination, NumberedQuery, Page
from app.transactions import DatabaseSession

CampaignId = Annotated[
    str, Path(description="The campaign's `id`.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"])
]

router = APIRouter(prefix="/v1", tags=["access"], dependencies=[Depends(campaign_access)])


@router.get("/whoami")
def who_am_i(actor: CurrentActor) -> WhoAmI:
    """Whose key the request shows, and what it is good for."""
    return WhoAmI(owner=actor.owner, key_id=actor.key_id, scope=actor.scope)


@router.get("/campaigns/{campaign_id}/shares")
def list_shares(campaign_id: CampaignId, session: DatabaseSession) -> Page[ShareReply]:
    """Whom the campaign is shared with."""
    CampaignRepository(session).get(campaign_id)
    return ShareReply.page(shares_of(session, CAMPAIGNS, campaign_id))


@router.put("/campaigns/{campaign_id}/shares/{owner}")
def share_campaign(
    campaign_id: CampaignId, owner: Owner, request: ShareRequest, session: DatabaseSession
) -> ShareReply:
    """Let somebody else read the campaign, or read and change it; its owner's to decide."""
    CampaignRepository(session).get(campaign_id)
    return ShareReply.of(
        put_share(session, CAMPAIGNS, campaign_id, owner, can_write=request.can_write)
    )


@router.delete("/campaigns/{campaign_id}/shares/{owner}", status_code=204)
def unshare_campaign(campaign_id: CampaignId, owner: Owner, session: DatabaseSession) -> None:
    """Share it with them no longer."""
    remove_share(session, CAMPAIGNS, campaign_id, owner)


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
