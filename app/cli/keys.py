"""``molwright keys``: who may use the API. Keys are made here and never over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from getpass import getuser
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.access.actor import ACTOR, Actor, Scope
from app.access.audit import audit
from app.access.keys import KeyRepository
from app.access.tables import KeyRow
from app.cli.failures import readable_errors
from app.database import create_engine, create_session_factory, now
from app.migrating import upgrade
from app.settings import Settings

MEGABYTE = 1024 * 1024

keys = typer.Typer(help="Keys of the API: make, list and revoke them.", no_args_is_help=True)


@keys.command()
@readable_errors
def create(
    name: Annotated[str, typer.Argument(help="What it is for, as `laptop`.")],
    owner: Annotated[str, typer.Option(help="Whose it is; campaigns belong to the owner.")],
    scope: Annotated[
        Scope, typer.Option(help="read; write: also campaigns; admin: also those of others.")
    ] = Scope.WRITE,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Days until it expires.")] = 365,
    never_expires: Annotated[bool, typer.Option("--never-expires", help="It has no end.")] = False,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="Default: MOLWRIGHT_REQUESTS_PER_MINUTE.")
    ] = None,
    max_body_mb: Annotated[
        int | None, typer.Option(min=1, max=64, help="Largest body of a request, in MB.")
    ] = None,
) -> None:
    """Make a key and print it, for the only time."""
    with _session("create") as session:
        row, key = KeyRepository(session).create(
            name,
            owner,
            scope,
            expires_at=None if never_expires else now() + timedelta(days=days),
            requests_per_minute=requests_per_minute,
            max_body_bytes=max_body_mb and max_body_mb * MEGABYTE,
        )
    typer.echo(f"{row.id}: {scope} key of {owner}, {_end(row)}; it cannot be shown again", err=True)
    typer.echo(key)


@keys.command(name="list")
@readable_errors
def list_keys() -> None:
    """Show every key, but no secret."""
    table = Table("id", "name", "owner", "scope", "created", "state")
    with _session("list") as session:
        for row in KeyRepository(session).all():
            created = f"{row.created_at:%Y-%m-%d}"
            table.add_row(row.id, row.name, row.owner, row.scope, created, _end(row))
    Console().print(table)


@keys.command()
@readable_errors
def revoke(key_id: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """Let a key open nothing any more, from the next request on."""
    with _session("revoke") as session:
        row = KeyRepository(session).revoke(key_id)
    typer.echo(f"revoked {row.id}, {row.name!r} of {row.owner}")


def _end(row: KeyRow) -> str:
    if row.revoked_at is not None:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    if row.expires_at is None:
        return "never expires"
    word = "expired" if row.expires_at <= now() else "expires"
    return f"{word} {row.expires_at:%Y-%m-%d}"


@contextmanager
def _session(action: str) -> Iterator[Session]:
    """One transaction on the migrated database, audited as this machine's user."""
    engine = create_engine(Settings())
    sessions = create_session_factory(engine)
    audit(sessions)
    token = ACTOR.set(Actor(f"{getuser()} at the console", Scope.ADMIN))
    try:
        upgrade(engine)
        with (
            structlog.contextvars.bound_contextvars(action=f"molwright keys {action}"),
            sessions.begin() as session,
        ):
            yield session
    finally:
        ACTOR.reset(token)
        engine.dispose()
