"""Who changed what: one row for each transaction that a request changed something in.

It is written by the transaction itself, so it is there if and only if the change is. What workers
write is no row here: it is the campaign's own doing, and told by its iterations.
"""

import re
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from app.access.actor import ACTOR, Actor
from app.access.tables import AuditRow
from app.database import SessionFactory

MAX_CHANGES = 50
"""Rows that one entry names; a thousand told values are as well told by their number."""

KEPT_REPLIES = "idempotency_keys"
_CHANGES = "changes"
_CAMPAIGN = re.compile(r"/v1/campaigns/([0-9a-f]{32})(?:/|$)")


def entries(
    session: Session, wanted: Sequence[sa.ColumnElement[bool]], after: int | None, limit: int
) -> tuple[Sequence[AuditRow], int]:
    """At most ``limit`` of the ``wanted`` entries behind the one numbered ``after``, newest first,
    and how many there are.
    """
    total = session.scalar(sa.select(sa.func.count()).select_from(AuditRow).where(*wanted))
    query = sa.select(AuditRow).where(*wanted).order_by(AuditRow.id.desc())
    if after is not None:
        query = query.where(AuditRow.id < after)
    return session.scalars(query.limit(limit)).all(), total or 0


def audit(sessions: SessionFactory) -> None:
    """Record what every session of ``sessions`` commits on behalf of somebody."""
    sa.event.listen(sessions, "after_flush", _note_flush)
    sa.event.listen(sessions, "do_orm_execute", _note_statement)
    sa.event.listen(sessions, "before_commit", _write)


def _note_flush(session: Session, _: object) -> None:
    noted = session.info.setdefault(_CHANGES, [])
    for word, rows in (("created", session.new), ("deleted", session.deleted)):
        noted += [f"{word} {_named(row)}" for row in rows if _is_told(row)]
    changed = [row for row in session.dirty if session.is_modified(row)]
    noted += [f"updated {_named(row)}" for row in changed if _is_told(row)]


def _note_statement(state: sa.orm.ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = getattr(state.statement, "table", None)
        word = "deleted" if state.is_delete else "updated" if state.is_update else "created"
        state.session.info.setdefault(_CHANGES, []).append(f"{word} {table}")


def _write(session: Session) -> None:
    actor = ACTOR.get(None)
    if actor is None:
        return
    session.flush()
    changes = list(dict.fromkeys(session.info.pop(_CHANGES, ())))
    if changes:
        session.add(_entry(actor, changes))


def _entry(actor: Actor, changes: Sequence[str]) -> AuditRow:
    context = structlog.contextvars.get_contextvars()
    action = str(context.get("action", ""))[:300]
    return AuditRow(
        owner=actor.owner,
        key_id=actor.key_id,
        request_id=context.get("request_id"),
        action=action,
        campaign_id=next(_campaigns(action, changes), None),
        changes=[*changes[:MAX_CHANGES], *_rest(len(changes) - MAX_CHANGES)],
    )


def _campaigns(action: str, changes: Sequence[str]) -> Iterator[str]:
    if found := _CAMPAIGN.search(action):
        yield found[1]
    for change in changes:
        if change.startswith("created campaigns "):
            yield change.rpartition(" ")[2]


def _rest(num: int) -> list[str]:
    return [f"and {num} more"] if num > 0 else []


def _is_told(row: object) -> bool:
    table: str = sa.inspect(row).mapper.local_table.name
    return table not in (AuditRow.__tablename__, KEPT_REPLIES)


def _named(row: object) -> str:
    mapper = sa.inspect(row).mapper
    key = " ".join(str(part) for part in mapper.primary_key_from_instance(row))
    return f"{mapper.local_table.name} {key}"
