"""The record: settings, versions, what was refused and why, who changed what."""

import json

from fastapi import APIRouter, Depends, Request, Response

from app.access.audit import entries
from app.access.sharing import campaign_access
from app.access.tables import AuditRow
from app.alarm import StallAfter
from app.campaigns.dependencies import CampaignId, Repository
from app.campaigns.records import to_request
from app.campaigns.revision import ObjectiveVersionReply
from app.campaigns.statistics import StatisticsRepository
from app.pages.campaigns.one.place import Place
from app.pages.rendering import render

SHOWN = 100
"""Changes that are listed."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(campaign_access)])


@router.get("/campaigns/{campaign_id}/log")
def show_log(
    request: Request, campaign_id: CampaignId, repository: Repository, stall_after: StallAfter
) -> Response:
    """What it was asked, and what came of it."""
    row = repository.get(campaign_id)
    asked = to_request(row, repository.objectives(row))
    wanted = [AuditRow.campaign_id == campaign_id]
    counts = StatisticsRepository(repository.session)
    return render(
        request,
        "one/log.html",
        **Place.of(repository, row, "log", stall_after).context(),
        settings=json.dumps(asked.model_dump(mode="json", exclude_defaults=True), indent=2),
        versions=[ObjectiveVersionReply.of(item) for item in repository.versions(campaign_id)],
        counts=counts.count_by_status(campaign_id),
        refusals=counts.refusals(campaign_id),
        changes=entries(repository.session, wanted, None, SHOWN)[0],
    )
