"""Rows of the database as the frozen objects of ``bayesopt``, and the request they came from."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.campaigns.repository import CampaignRepository
from app.campaigns.schemas import CampaignRequest
from app.campaigns.tables import CampaignRow, ObjectiveVersionRow
from app.campaigns.trial_rows import to_trial
from bayesopt.trial import Trial


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is needed to compute a campaign's next trials without the database."""

    campaign_id: str
    owner: str | None
    request: CampaignRequest
    model: str
    model_hash: str
    revision: int
    seconds_used: float
    trials: tuple[Trial, ...]
    utilities: Mapping[int, float | None]
    """As stored, by trial number."""


def load_snapshot(repository: CampaignRepository, campaign: CampaignRow) -> Snapshot:
    """The campaign as it stands in this transaction."""
    rows = repository.trials(campaign.id)
    return Snapshot(
        campaign_id=campaign.id,
        owner=campaign.owner,
        request=to_request(campaign, repository.objectives(campaign)),
        model=campaign.model,
        model_hash=campaign.model_hash,
        revision=campaign.revision,
        seconds_used=campaign.seconds_used,
        trials=tuple(to_trial(row) for row in rows),
        utilities={row.number: row.utility for row in rows},
    )


def to_request(campaign: CampaignRow, objectives: ObjectiveVersionRow) -> CampaignRequest:
    """The request that makes this campaign, with what it wants at present."""
    return CampaignRequest.of_stored(
        {
            **campaign.settings,
            "name": campaign.name,
            "model": campaign.model,
            "objectives": objectives.objectives,
            "constraints": objectives.constraints,
            "scalarization": objectives.scalarization,
        }
    )


def to_rows(
    campaign_id: str, request: CampaignRequest, model_hash: str
) -> tuple[CampaignRow, ObjectiveVersionRow]:
    """The rows of a new campaign; ``to_request`` is the way back, but for the results told."""
    data = request.model_dump(mode="json", exclude={"initial": {"results"}})
    name, model = data.pop("name"), data.pop("model")
    version = ObjectiveVersionRow(
        campaign_id=campaign_id,
        version=1,
        objectives=data.pop("objectives"),
        constraints=data.pop("constraints"),
        scalarization=data.pop("scalarization"),
    )
    campaign = CampaignRow(
        id=campaign_id, name=name, model=model, model_hash=model_hash, settings=data
    )
    return campaign, version
