"""How far a campaign is and what became of its decodes, from what is stored."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from app.campaigns.insight_schemas import ProgressReply
from app.campaigns.records import to_request
from app.campaigns.repository import CampaignRepository
from app.campaigns.statistics import StatisticsRepository, TrialFacts
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
    facts = StatisticsRepository(repository.session).facts(campaign.id)
    budget: int = campaign.settings["budget"]["max_evaluations"]
    seconds = campaign.seconds_used
    rate = campaign.num_evaluations / seconds if seconds and campaign.num_evaluations else None
    utilities = (fact.utility for fact in facts if fact.reason is None)
    return ProgressReply(
        state=campaign.state,
        num_trials=campaign.num_trials,
        num_evaluations=campaign.num_evaluations,
        max_evaluations=budget,
        trials_by_status=Counter(fact.status for fact in facts),
        best_so_far=list(accumulate((u for u in utilities if u is not None), max)),
        seconds_used=seconds,
        evaluations_per_second=rate,
        estimated_seconds_left=rate and max(0, budget - campaign.num_evaluations) / rate,
        hypervolume=_hypervolume(repository, campaign) if hypervolume else None,
        **_shares(repository, campaign, models, facts),
    )


def shares_of(
    repository: CampaignRepository, campaign: CampaignRow, models: ModelStore
) -> dict[str, Any]:
    """The members of a ``SharesReply``."""
    facts = StatisticsRepository(repository.session).facts(campaign.id)
    hypervolume = _hypervolume(repository, campaign)
    return {"hypervolume": hypervolume, **_shares(repository, campaign, models, facts)}


def _shares(
    repository: CampaignRepository,
    campaign: CampaignRow,
    models: ModelStore,
    facts: Sequence[TrialFacts],
) -> dict[str, float | None]:
    decoded = [fact for fact in facts if fact.is_decoded]
    num, invalid, repeats = StatisticsRepository(repository.session).sum_decodes(campaign.id)
    if num == 0:  # nobody counted: what was stored is all there is to go by
        num, repeats = len(decoded), None
        invalid = sum((fact.reason or "").startswith(INVALID_DECODE) for fact in decoded)
    molecules = [fact for fact in decoded if fact.inchi_key is not None]
    refused = sum(
        fact.status == TrialStatus.INFEASIBLE
        or (fact.status == TrialStatus.EVALUATED and fact.reason is not None)
        for fact in molecules
    )
    index = training_index(models, campaign.model)
    known = None if index is None else index.count(fact.inchi_key or "" for fact in molecules)
    return {
        "valid_share": _rest(invalid, num),
        "unique_share": _rest(repeats, num - invalid),
        "novel_share": _rest(known, len(molecules)),
        "feasible_share": _rest(refused, len(molecules)),
    }


def _rest(part: int | None, whole: int) -> float | None:
    return 1 - part / whole if whole and part is not None else None


def _hypervolume(repository: CampaignRepository, campaign: CampaignRow) -> list[float] | None:
    version = repository.objectives(campaign)
    if len(version.objectives) == 1:
        return None
    objectives = to_request(campaign, version).to_domain().objectives
    course = hypervolumes([to_trial(row) for row in repository.trials(campaign.id)], objectives)
    return None if course is None else list(course)


def training_index(models: ModelStore, name: str) -> TrainingIndex | None:
    """InChIKeys that the model was trained on; None where there is no such file, or no such model,
    as a campaign outlives its model."""
    try:
        return models.training_index(name)
    except NotFoundError:
        return None
