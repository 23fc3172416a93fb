"""Table of the replies kept for ``Idempotency-Key``."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, now


class IdempotencyRow(Base):
    """The first reply to a key."""

    __tablename__ = "idempotency_keys"

    # With the owner of the key before it, and a colon, where keys are asked for.
    path: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    reply: Mapped[str] = mapped_column(sa.Text)
    location: Mapped[str | None] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
