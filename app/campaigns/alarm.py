"""A campaign that runs and gets nowhere: what no lease can see, as in a worker that hangs."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.campaigns.states import State
from app.campaigns.tables import CampaignRow
from app.database import now


def alarm_of(campaign: CampaignRow, stall_after: timedelta) -> str | None:
    """What is wrong with a campaign that has made no progress for longer than the limit."""
    since = campaign.progress_at or campaign.started_at
    if campaign.state is not State.RUNNING or since is None or now() - since <= stall_after:
        return None
    minutes = (now() - since) / timedelta(minutes=1)
    return (
        f"no iteration was finished for {minutes:.0f} minutes, since {since:%Y-%m-%d %H:%M} UTC: "
        "the workers are busy with others, an oracle does not answer, or a worker hangs"
    )


def is_stalled(at: datetime, stall_after: timedelta) -> sa.ColumnElement[bool]:
    """The campaigns that have an alarm, as a condition on ``CampaignRow``."""
    since = sa.func.coalesce(CampaignRow.progress_at, CampaignRow.started_at)
    return sa.and_(CampaignRow.state == State.RUNNING, since < at - stall_after)
