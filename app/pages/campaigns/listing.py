"""The table of campaigns."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.sharing import CurrentActor, visible_to
from app.alarm import StallAfter
from app.campaigns.dependencies import Repository
from app.campaigns.records import to_request
from app.campaigns.replies import CampaignReply
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import State
from app.campaigns.statistics import StatisticsRepository
from app.campaigns.tables import CampaignRow
from app.campaigns.trial_replies import TrialReply
from app.database import now
from app.pages.rendering import render
from app.pages.sparkline import step_points

PAGE_SIZE = 25

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table."""

    campaign: CampaignReply
    best: TrialReply | None
    course: str
    """Points of the small line of the best utility so far."""


@router.get("/campaigns")
def list_campaigns(
    request: Request,
    repository: Repository,
    actor: CurrentActor,
    stall_after: StallAfter,
    state: State | None = None,
    after: Annotated[str | None, Query(max_length=200)] = None,
    known: Annotated[str, Query(alias="seen", max_length=100)] = "",
) -> Response:
    """The campaigns that the reader may see, newest first; nothing where they have seen them."""
    rows, total = repository.newest(after, state, PAGE_SIZE + 1, visible_to(actor))
    shown = rows[:PAGE_SIZE]
    version = _version(shown, total)
    if version == known:
        return Response(status_code=204)
    courses = StatisticsRepository(repository.session).courses([row.id for row in shown])
    entries = [
        Entry(
            CampaignReply.of(row, to_request(row, repository.objectives(row)), stall_after),
            _best(repository, row),
            step_points(courses[row.id]),
        )
        for row in shown
    ]
    return render(
        request,
        "campaigns.html",
        entries=entries,
        total=total,
        state=state,
        after=after,
        seen=version,
        next=shown[-1].id if len(rows) > PAGE_SIZE else None,
    )


def _version(rows: Sequence[CampaignRow], total: int) -> str:
    """Changes with all that the table shows, and with the minute, as it says how long ago."""
    named = [f"{now():%H:%M}", str(total), *(f"{row.id} {row.stamp}" for row in rows)]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:16]


def _best(repository: CampaignRepository, row: CampaignRow) -> TrialReply | None:
    return next((TrialReply.of(trial) for trial in repository.best(row.id, 1)), None)
