"""Two or more campaigns side by side."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.access.actor import Actor
from app.access.sharing import CurrentActor, Grant, grant_of
from app.alarm import StallAfter
from app.campaigns.dependencies import Repository
from app.campaigns.records import to_request
from app.campaigns.replies import CampaignReply
from app.campaigns.repository import CampaignRepository
from app.campaigns.tables import CampaignRow
from app.campaigns.trial_replies import TrialReply
from app.errors import NotFoundError
from app.pages.campaigns.one.points import Course, Points, course_of
from app.pages.names import label
from app.pages.rendering import render

MOST = 8
"""Campaigns that one chart still tells apart."""
SHARES = (0.25, 0.5, 0.75, 1.0)

Ids = Annotated[list[str], Query(alias="id", max_length=MOST, min_length=1)]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Column:
    """One of the campaigns."""

    campaign: CampaignReply
    course: Course
    best: TrialReply | None

    @property
    def quarters(self) -> list[float | None]:
        """Best utility after each quarter of its evaluations."""
        best = self.course.best
        return [best[round(len(best) * share) - 1] if best else None for share in SHARES]


@router.get("/compare")
def compare(
    request: Request,
    repository: Repository,
    actor: CurrentActor,
    stall_after: StallAfter,
    ids: Ids,
) -> Response:
    """What they wanted, how fast each came where, and what it found."""
    columns = []
    for row in _rows(repository, actor, ids):
        asked = to_request(row, repository.objectives(row))
        best = next((TrialReply.of(trial) for trial in repository.best(row.id, 1)), None)
        columns.append(
            Column(CampaignReply.of(row, asked, stall_after), course_of(repository, row), best)
        )
    return render(
        request,
        "compare.html",
        columns=columns,
        names=list(dict.fromkeys(o.name for c in columns for o in c.campaign.objectives)),
        shares=SHARES,
        ids=[column.campaign.id for column in columns],
    )


@router.get("/compare.json")
def read_comparison(repository: Repository, actor: CurrentActor, ids: Ids) -> JSONResponse:
    """What the charts show: the courses, and the fronts in the objectives that all have."""
    rows = _rows(repository, actor, ids)
    found = [(row, Points.of(repository, row)) for row in rows]
    named = [[o.name for o in points.objectives] for _, points in found]
    shared = [name for name in named[0] if all(name in names for names in named)]
    return JSONResponse(
        {
            "objectives": [{"name": name, "label": label(name)} for name in shared],
            "campaigns": [
                {
                    "name": row.name,
                    "best": course_of(repository, row).best,
                    "number": [trial.number for trial in points.on_front],
                    "smiles": [trial.smiles for trial in points.on_front],
                    "id": row.id,
                    "values": [
                        [trial.values[name] for trial in points.on_front] for name in shared
                    ],
                }
                for row, points in found
            ],
        },
        headers={"Cache-Control": "private, no-cache"},
    )


def _rows(repository: CampaignRepository, actor: Actor, ids: list[str]) -> list[CampaignRow]:
    for campaign_id in ids:
        if grant_of(repository.session, actor, campaign_id) is Grant.NONE:
            raise NotFoundError(f"no campaign has the id {campaign_id!r}")
    return [repository.get(campaign_id) for campaign_id in dict.fromkeys(ids)]
