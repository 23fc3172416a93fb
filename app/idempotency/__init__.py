"""``Idempotency-Key``: a request sent again, as after a lost answer, creates nothing twice."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from sqlalchemy.orm import Session

from app.access.actor import ACTOR
from app.database import SessionFactory, read, take_turns
from app.errors import FieldError, InvalidRequestError
from app.idempotency.tables import IdempotencyRow
from app.transactions import hold_place

Prepared = TypeVar("Prepared")


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer that can be kept."""

    status: int
    body: str
    location: str | None = None

    def to_response(self) -> Response:
        """The answer itself."""
        headers = {"Location": self.location} if self.location else None
        return Response(self.body, self.status, headers, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Once:
    """A request that may have been sent before; without a key it never was."""

    path: str
    key: str | None
    body_hash: str

    def run(
        self,
        sessions: SessionFactory,
        prepare: Callable[[Session], Callable[[], Prepared]],
        commit: Callable[[Session, Prepared], Reply],
    ) -> Reply:
        """``prepare`` reads, what it gives computes without a transaction, ``commit`` writes.

        The reply is kept in the transaction that ``commit`` writes in.

        Raises:
            InvalidRequestError: the key came with another body before.
        """
        with read(sessions) as session:
            if (kept := self._kept(session)) is not None:
                return kept
            compute = prepare(session)
        prepared = compute()
        with sessions.begin() as session:
            if self.key is not None:
                take_turns(session, f"{self.path} {self.key}")
            if (kept := self._kept(session)) is not None:
                return kept
            reply = commit(session, prepared)
            self._keep(session, reply)
        return reply

    def _kept(self, session: Session) -> Reply | None:
        if self.key is None:
            return None
        row = session.get(IdempotencyRow, (self.path, self.key))
        if row is None:
            return None
        if row.body_hash != self.body_hash:
            detail = f"the key {self.key!r} came with another body before"
            raise InvalidRequestError(
                detail,
                code="idempotency_key_reused",
                errors=[FieldError("/Idempotency-Key", detail, "header")],
            )
        return Reply(row.status, row.reply, row.location)

    def _keep(self, session: Session, reply: Reply) -> None:
        if self.key is None:
            return
        session.add(
            IdempotencyRow(
                path=self.path,
                key=self.key,
                body_hash=self.body_hash,
                status=reply.status,
                reply=reply.body,
                location=reply.location,
            )
        )


async def _once(
    request: Request,
    _: Annotated[None, Depends(hold_place, scope="function")],
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="Any text of yours: the same key and body answer the first reply again.",
            examples=["5d0b6a0e"],
        ),
    ] = None,
) -> Once:
    body = await request.body()
    # Everybody's keys are their own: another's reply may be about what only they may read.
    owner = ACTOR.get().owner
    path = request.url.path if owner is None else f"{owner}:{request.url.path}"
    return Once(path, idempotency_key, hashlib.sha256(body).hexdigest())


OnceOnly = Annotated[Once, Depends(_once, scope="function")]
