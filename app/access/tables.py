"""Tables of the keys, of what is shared with whom, and of who changed what."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.access.actor import Scope
from app.database import Base, now

MAX_OWNER = 100
"""Characters of an owner's name."""


class KeyRow(Base):
    """One API key; its secret is known to nobody but who holds it."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    owner: Mapped[str] = mapped_column(sa.String(MAX_OWNER), index=True)
    scope: Mapped[Scope] = mapped_column(
        sa.Enum(Scope, native_enum=False, length=16, values_callable=lambda e: [s.value for s in e])
    )
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256, in hexadecimal."""
    requests_per_minute: Mapped[int | None]
    max_body_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Share(Base):
    """Somebody else who may read, or read and change, what one row of another table is."""

    __abstract__ = True

    owner: Mapped[str] = mapped_column(sa.String(MAX_OWNER), primary_key=True, index=True)
    """Whom it is shared with: the owner of their keys."""
    can_write: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=now)


class ShareRow(Share):
    """Of a campaign."""

    __tablename__ = "campaign_shares"

    campaign_id: Mapped[str] = mapped_column(
        sa.ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class JobShareRow(Share):
    """Of a bulk job."""

    __tablename__ = "bulk_shares"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("bulk_jobs.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class AuditRow(Base):
    """One change, written in the transaction that made it."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    owner: Mapped[str | None] = mapped_column(sa.String(MAX_OWNER))
    key_id: Mapped[str | None] = mapped_column(sa.String(16))
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(300))
    """What was asked for, as ``PATCH /v1/campaigns/...`` or ``molwright keys revoke``."""
    campaign_id: Mapped[str | None] = mapped_column(sa.String(32))
    changes: Mapped[list[Any]]
    """``created``, ``updated`` or ``deleted``, the table, and the row's key, one string each."""

    __table_args__ = (sa.Index(None, "campaign_id", "id"), sa.Index(None, "owner", "id"))
