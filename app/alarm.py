"""What runs and gets nowhere, as no lease can see: a worker that hangs still lives."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request

from app.bulk.states import JobState
from app.bulk.tables import JobRow
from app.campaigns.states import State
from app.campaigns.tables import CampaignRow
from app.database import now

Table = type[CampaignRow] | type[JobRow]

RUNNING: Mapping[Table, State | JobState] = {CampaignRow: State.RUNNING, JobRow: JobState.RUNNING}
UNITS: Mapping[Table, str] = {CampaignRow: "iteration", JobRow: "chunk"}
"""What progress is made of."""


def stall_after(request: Request) -> timedelta:
    """The limit of this service."""
    return timedelta(seconds=request.app.state.settings.stall_seconds)


async def _stall_after(request: Request) -> timedelta:
    return stall_after(request)


StallAfter = Annotated[timedelta, Depends(_stall_after)]


def alarm_of(row: CampaignRow | JobRow, stall_after: timedelta) -> str | None:
    """What is wrong with what has made no progress for longer than the limit."""
    since = row.progress_at or row.started_at
    if row.state is not RUNNING[type(row)] or since is None or now() - since <= stall_after:
        return None
    minutes = (now() - since) / timedelta(minutes=1)
    return (
        f"no {UNITS[type(row)]} was finished for {minutes:.0f} minutes, since "
        f"{since:%Y-%m-%d %H:%M} UTC: "
        "the workers are busy with others, an oracle does not answer, or a worker hangs"
    )


def is_stalled(table: Table, at: datetime, stall_after: timedelta) -> sa.ColumnElement[bool]:
    """The rows that have an alarm."""
    since = sa.func.coalesce(table.progress_at, table.started_at)
    return sa.and_(table.state == RUNNING[table], since < at - stall_after)
