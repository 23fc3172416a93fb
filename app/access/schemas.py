"""What the endpoints of keys, shares and the audit log say."""

from datetime import datetime

from pydantic import Field

from app.access.actor import Scope
from app.access.tables import AuditRow, ShareRow
from app.schemas import ReplySchema, RequestSchema

WHEN = "2026-01-31T12:00:00Z"


class WhoAmI(ReplySchema):
    """Who the service takes the caller for."""

    owner: str | None = Field(
        description="Whose key it is; null: the service asks for no keys.", examples=["alice"]
    )
    key_id: str | None = Field(description="The key's id.", examples=["4f1d2c3b4a596877"])
    scope: Scope = Field(description="What the key is good for.", examples=["write"])


class ShareRequest(RequestSchema):
    """What somebody else may do with a campaign."""

    can_write: bool = Field(
        False,
        description="true: read and change it, but neither delete nor share it; false: read it.",
        examples=[True],
    )


class ShareReply(ReplySchema):
    """Somebody whom a campaign is shared with."""

    owner: str = Field(description="The owner of their keys.", examples=["bob"])
    can_write: bool = Field(description="Whether they may change it.", examples=[True])
    created_at: datetime = Field(description="Since when (UTC).", examples=[WHEN])

    @classmethod
    def of(cls, row: ShareRow) -> "ShareReply":
        """From the row."""
        return cls(owner=row.owner, can_write=row.can_write, created_at=row.created_at)


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
