"""What the endpoints of keys, shares and the audit log say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import Field

from app.access.actor import Scope
from app.access.keys import OWNER
from app.access.tables import AuditRow, Share
from app.pagination import Page
from app.schemas import ReplySchema, RequestSchema

WHEN = "2026-01-31T12:00:00Z"
Owner = Annotated[str, Path(pattern=OWNER, description="The owner of keys.", examples=["bob"])]


class WhoAmI(ReplySchema):
    """Who the service takes the caller for."""

    owner: str | None = Field(
        description="Whose key it is; null: the service asks for no keys.", examples=["alice"]
    )
    key_id: str | None = Field(description="The key's id.", examples=["4f1d2c3b4a596877"])
    scope: Scope = Field(description="What the key is good for.", examples=["write"])


class ShareRequest(RequestSchema):
    """What somebody else may do with a campaign, or with a bulk job."""

    can_write: bool = Field(
        False,
        description="true: read and change it, but neither delete nor share it; false: read it.",
        examples=[True],
    )


class ShareReply(ReplySchema):
    """Somebody whom it is shared with."""

    owner: str = Field(description="The owner of their keys.", examples=["bob"])
    can_write: bool = Field(description="Whether they may change it.", examples=[True])
    created_at: datetime = Field(description="Since when (UTC).", examples=[WHEN])

    @classmethod
    def of(cls, row: Share) -> "ShareReply":
        """From the row."""
        return cls(owner=row.owner, can_write=row.can_write, created_at=row.created_at)

    @classmethod
    def page(cls, rows: Sequence[Share]) -> Page["ShareReply"]:
        """All of them."""
        items = [cls.of(row) for row in rows]
        return Page(items=items, total=len(items), next=None)


class AuditReply(ReplySchema):
    """One change."""

    id: int = Field(description="Number; later changes have higher ones.", examples=[17])
    at: datetime = Field(description="When (UTC).", examples=[WHEN])
    owner: str | None = Field(
        description="Whose key changed it; null: no keys were asked for.", examples=["alice"]
    )
    key_id: str | None = Field(description="The key's id.", examples=["4f1d2c3b4a596877"])
    request_id: str | None = Field(
        description="`X-Request-ID` of the answer, and in the log.", examples=["b1946ac92492d234"]
    )
    action: str = Field(
        description="What was asked for.",
        examples=["POST /v1/campaigns/7c9e6679f6544c2b8d0b5e3f4a1c2d3e/start"],
    )
    campaign_id: str | None = Field(
        description="The campaign it was about.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"]
    )
    changes: list[str] = Field(
        description="Rows that were created, updated or deleted: their table and key.",
        examples=[["updated campaigns 7c9e6679f6544c2b8d0b5e3f4a1c2d3e"]],
    )

    @classmethod
    def of(cls, row: AuditRow) -> "AuditReply":
        """From the row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})
