"""How far a campaign is, from what is stored."""

from itertools import accumulate

from app.campaigns.replies import ProgressReply
from app.campaigns.repository import CampaignRepository
from app.campaigns.tables import CampaignRow
from bayesopt.trial import INVALID_DECODE


def progress_of(repository: CampaignRepository, campaign: CampaignRow) -> ProgressReply:
    """The progress as of this transaction."""
    budget: int = campaign.settings["budget"]["max_evaluations"]
    decoded, invalid = repository.count_decodes(campaign.id, INVALID_DECODE)
    seconds = campaign.seconds_used
    rate = campaign.num_evaluations / seconds if seconds and campaign.num_evaluations else None
    return ProgressReply(
        state=campaign.state,
        num_trials=campaign.num_trials,
        num_evaluations=campaign.num_evaluations,
        max_evaluations=budget,
        trials_by_status=repository.count_by_status(campaign.id),
        best_so_far=list(accumulate(repository.utilities(campaign.id), max)),
        valid_share=1 - invalid / decoded if decoded else None,
        seconds_used=seconds,
        evaluations_per_second=rate,
        estimated_seconds_left=rate and max(0, budget - campaign.num_evaluations) / rate,
    )
