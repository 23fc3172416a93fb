"""What every page of a campaign begins with: its state, what may be done, where else to look."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.campaigns.records import to_request
from app.campaigns.replies import CampaignReply
from app.campaigns.repository import CampaignRepository
from app.campaigns.states import TRANSITIONS, Action, State
from app.campaigns.tables import CampaignRow

TABS = {"": "Overview", "molecules": "Molecules", "model": "Model", "log": "Log"}

ACTIONS = {
    Action.START: "Start",
    Action.PAUSE: "Pause",
    Action.RESUME: "Resume",
    Action.CANCEL: "Cancel",
}
CHANGING = frozenset({State.RUNNING, State.WAITING})
"""States in which a campaign may change without the reader's doing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A campaign and the page of it that is shown."""

    campaign: CampaignReply
    tab: str
    seen: str
    """Changes with everything that the pages show."""

    @classmethod
    def of(
        cls, repository: CampaignRepository, row: CampaignRow, tab: str, stall_after: timedelta
    ) -> "Place":
        """From the row."""
        request = to_request(row, repository.objectives(row))
        return cls(CampaignReply.of(row, request, stall_after), tab, row.stamp)

    @property
    def path(self) -> str:
        """Of the campaign's first page."""
        return f"/campaigns/{self.campaign.id}"

    @property
    def actions(self) -> dict[str, str]:
        """What may be done now, and what it is called."""
        allowed = TRANSITIONS[self.campaign.state]
        return {action.value: name for action, name in ACTIONS.items() if action in allowed}

    @property
    def may_ask(self) -> bool:
        """Whether it may be asked for molecules outside of a run."""
        return Action.SUGGEST in TRANSITIONS[self.campaign.state]

    @property
    def is_spent(self) -> bool:
        """Whether only a larger budget lets it go on."""
        spent = self.campaign.num_evaluations >= self.campaign.budget.max_evaluations
        return spent and Action.RESUME.value in self.actions

    @property
    def is_changing(self) -> bool:
        """Whether to look again soon."""
        return self.campaign.state in CHANGING

    @property
    def measured(self) -> list[str]:
        """The objectives whose values come from the bench."""
        return [o.name for o in self.campaign.objectives if o.source == "measured"]

    def context(self) -> dict[str, Any]:
        """What the templates need of it."""
        return {"place": self, "campaign": self.campaign, "tabs": TABS}
