"""API keys: made, listed, revoked, recognised.

A key is ``mw_{id}_{secret}``. The id is no secret; it finds the row. The secret is 256 random bits,
of which the database keeps the SHA-256: no dictionary holds such a secret, so a slow hash would
protect nothing and cost its time with every request (docs/decisions/0012-keys.md).
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access.actor import Actor, Scope
from app.access.tables import KeyRow
from app.database import now
from app.errors import ConflictError, InvalidRequestError, NotFoundError, UnauthorizedError

PREFIX = "mw"
"""Lets scanners of source code and logs find a key that leaked."""

SECRET_BYTES = 32
_TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{16}})_([A-Za-z0-9_-]{{43}})")
OWNER = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$"
"""What a name of an owner looks like."""


class KeyRepository:
    """The keys of one session; commits nothing itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(
        self,
        name: str,
        owner: str,
        scope: Scope,
        *,
        expires_at: datetime | None = None,
        requests_per_minute: int | None = None,
        max_body_bytes: int | None = None,
    ) -> tuple[KeyRow, str]:
        """A new key and, for the only time, what its holder sends.

        Raises:
            InvalidRequestError: a name or an owner that cannot be one.
        """
        if not re.fullmatch(OWNER, owner):
            raise InvalidRequestError(
                f"{owner!r} cannot own keys; an owner is up to 100 letters, digits and . _ @ -"
            )
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise InvalidRequestError(f"{name!r} is no name; it has 1 to 100 printable characters")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        row = KeyRow(
            id=secrets.token_hex(8),
            name=name,
            owner=owner,
            scope=scope,
            secret_hash=_hash(secret),
            expires_at=expires_at,
            requests_per_minute=requests_per_minute,
            max_body_bytes=max_body_bytes,
        )
        self._session.add(row)
        self._session.flush()
        return row, f"{PREFIX}_{row.id}_{secret}"

    def all(self) -> Sequence[KeyRow]:
        """Every key there ever was, oldest first."""
        return self._session.scalars(sa.select(KeyRow).order_by(KeyRow.created_at, KeyRow.id)).all()

    def revoke(self, key_id: str) -> KeyRow:
        """Let the key open nothing any more.

        Raises:
            NotFoundError: no key has that id.
            ConflictError: it was revoked before.
        """
        row = self._session.get(KeyRow, key_id)
        if row is None:
            raise NotFoundError(f"no key has the id {key_id!r}; `molwright keys list` shows them")
        if row.revoked_at is not None:
            raise ConflictError(f"{key_id} was revoked on {row.revoked_at:%Y-%m-%d %H:%M} UTC")
        row.revoked_at = now()
        return row

    def owns_any(self, owner: str) -> bool:
        """Whether some key, working or not, belongs to ``owner``."""
        query = sa.select(sa.exists().where(KeyRow.owner == owner))
        return bool(self._session.scalar(query))

    def any_works(self) -> bool:
        """Whether some key opens anything now."""
        lasts = sa.or_(KeyRow.expires_at.is_(None), KeyRow.expires_at > now())
        query = sa.select(sa.exists().where(KeyRow.revoked_at.is_(None), lasts))
        return bool(self._session.scalar(query))

    def recognise(self, token: str) -> Actor:
        """Who holds the key ``token``.

        Raises:
            UnauthorizedError: it is no key, or one that opens nothing any more.
        """
        found = _TOKEN.fullmatch(token)
        row = self._session.get(KeyRow, found[1]) if found else None
        if not found or row is None or not hmac.compare_digest(row.secret_hash, _hash(found[2])):
            raise UnauthorizedError("there is no such key")
        if row.revoked_at is not None:
            raise UnauthorizedError(f"the key {row.id} was revoked")
        if row.expires_at is not None and row.expires_at <= now():
            raise UnauthorizedError(f"the key {row.id} expired on {row.expires_at:%Y-%m-%d}")
        return Actor(row.owner, row.scope, row.id, row.requests_per_minute, row.max_body_bytes)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
