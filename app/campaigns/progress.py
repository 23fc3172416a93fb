"""How far a campaign is and what became of its decodes, from what is stored."""

from itertools import accumulate
from typing import Any

from app.campaigns.insight_schemas import ProgressReply
from app.campaigns.records import to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.statistics import StatisticsRepository
from app.campaigns.tables import CampaignRow
from app.campaigns.trial_rows import to_trial
from app.errors import NotFoundError
from app.models.store import ModelStore
from bayesopt.pareto import hypervolumes
from bayesopt.trial import INVALID_DECODE, TrialStatus
from chemvae.checkpoints import TrainingIndex


def progress_of(
    repository: CampaignRepository,
    campaign: CampaignRow,
    models: ModelStore,
    *,
    hypervolume: bool = True,
) -> ProgressReply:
    """The progress as of this transaction; ``hypervolume``: its course too, which takes longest."""
    counts = StatisticsRepository(repository.session)
    budget: int = campaign.settings["budget"]["max_evaluations"]
    seconds = campaign.seconds_used
    rate = campaign.num_evaluations / seconds if seconds and campaign.num_evaluations else None
    return ProgressReply(
        state=campaign.state,
        num_trials=campaign.num_trials,
        num_evaluations=campaign.num_evaluations,
        max_evaluations=budget,
        trials_by_status=counts.count_by_status(campaign.id),
        best_so_far=list(accumulate(counts.utilities(campaign.id), max)),
        seconds_used=seconds,
        evaluations_per_second=rate,
        estimated_seconds_left=rate and max(0, budget - campaign.num_evaluations) / rate,
        **shares_of(repository, campaign, models, hypervolume=hypervolume),
    )


def shares_of(
    repository: CampaignRepository,
    campaign: CampaignRow,
    models: ModelStore,
    *,
    hypervolume: bool = True,
) -> dict[str, Any]:
    """The members of a ``SharesReply``."""
    counts = StatisticsRepository(repository.session)
    num, invalid, repeats = counts.sum_decodes(campaign.id)
    if num == 0:  # nobody counted: what was stored is all there is to go by
        num, invalid = counts.count_decodes(campaign.id, INVALID_DECODE)
        repeats = None
    decoded = counts.decoded_molecules(campaign.id)
    refused = sum(
        status == TrialStatus.INFEASIBLE or (status == TrialStatus.EVALUATED and reason is not None)
        for _, status, reason in decoded
    )
    index = _training_index(models, campaign.model)
    known = None if index is None else sum(key in index for key, *_ in decoded)
    return {
        "valid_share": _rest(invalid, num),
        "unique_share": _rest(repeats, num - invalid),
        "novel_share": _rest(known, len(decoded)),
        "feasible_share": _rest(refused, len(decoded)),
        "hypervolume": _hypervolume(repository, campaign) if hypervolume else None,
    }


def _rest(part: int | None, whole: int) -> float | None:
    return 1 - part / whole if whole and part is not None else None


def _hypervolume(repository: CampaignRepository, campaign: CampaignRow) -> list[float] | None:
    objectives = to_request(campaign, repository.objectives(campaign)).to_domain().objectives
    if len(objectives) == 1:
        return None
    course = hypervolumes([to_trial(row) for row in repository.trials(campaign.id)], objectives)
    return None if course is None else list(course)


def _training_index(models: ModelStore, name: str) -> TrainingIndex | None:
    # A campaign outlives its model.
    try:
        return models.training_index(name)
    except NotFoundError:
        return None
