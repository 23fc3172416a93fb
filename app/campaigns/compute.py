"""What is computed between two transactions: next trials, suggestions, told results.

Each function takes a :class:`Snapshot` and gives an :class:`Outcome`; neither knows the database,
so no transaction is open while a model decodes or a Gaussian process is fitted.
"""

import time
from collections.abc import Callable, Sequence

from app.campaigns.outcome import Outcome
from app.campaigns.records import Snapshot
from app.campaigns.schemas import CampaignRequest
from app.campaigns.states import Action
from app.errors import ConflictError, FieldError, InvalidRequestError
from bayesopt.campaign import Campaign
from bayesopt.errors import SpecError
from bayesopt.evaluation import check_functions
from bayesopt.latent_model import LatentModel
from bayesopt.results import Result
from data.errors import Refusal


def advance(snapshot: Snapshot, model: LatentModel) -> Outcome:
    """One iteration: evaluate what is pending, ask, evaluate; or the reason to stop."""

    def iterate(campaign: Campaign) -> None:
        campaign.evaluate()
        if not campaign.finished and not campaign.awaiting_measurements:
            campaign.ask()
            campaign.evaluate()

    return _run(snapshot, model, iterate, decide=True)


def suggest(snapshot: Snapshot, model: LatentModel, num_molecules: int | None) -> Outcome:
    """New pending trials for somebody else to evaluate."""
    return _run(snapshot, model, lambda campaign: campaign.ask(num_molecules))


def tell(snapshot: Snapshot, model: LatentModel, results: Sequence[Result]) -> Outcome:
    """The trials that the results change, computed objectives filled in; raises ``ResultError``."""

    def record(campaign: Campaign) -> None:
        campaign.tell(results)
        campaign.evaluate()

    return _run(snapshot, model, record)


def revise(snapshot: Snapshot, model: LatentModel, request: CampaignRequest) -> Outcome:
    """Every trial as ``request`` judges it, computed objectives filled in."""
    return _run(snapshot, model, lambda campaign: campaign.revise(request.to_domain()))


def refused_molecules(request: CampaignRequest, model: LatentModel) -> list[tuple[int, str, str]]:
    """Position, code and reason of each initial molecule that the model cannot encode."""
    smiles = request.initial.smiles
    encoded = model.encode(smiles) if smiles else []
    return [
        (index, item.code, item.message)
        for index, item in enumerate(encoded)
        if isinstance(item, Refusal)
    ]


def check_functions_load(request: CampaignRequest) -> None:
    """Raise ``InvalidRequestError`` at the first objective whose function cannot be loaded.

    It takes as long as an import does, so this is no part of a request's validation.
    """
    try:
        check_functions([objective.to_domain() for objective in request.objectives])
    except SpecError as error:
        detail = FieldError(error.pointer, str(error))
        raise InvalidRequestError(str(error), errors=[detail]) from error


def resumed(snapshot: Snapshot, model: LatentModel) -> Campaign:
    """The campaign as it stood.

    Raises:
        ConflictError: the model's weights are not those it was run with.
    """
    if model.fingerprint != snapshot.model_hash:
        raise ConflictError(
            f"the campaign was run with other weights of {snapshot.model!r} "
            f"({snapshot.model_hash}), whose latents mean something else",
            code="model_changed",
        )
    return Campaign(snapshot.request.to_domain(), model, snapshot.trials)


def _run(
    snapshot: Snapshot,
    model: LatentModel,
    change: Callable[[Campaign], object],
    *,
    decide: bool = False,
) -> Outcome:
    started = time.monotonic()
    campaign = resumed(snapshot, model)
    change(campaign)
    before = {trial.number: trial for trial in snapshot.trials}
    changed = tuple(t for t in campaign.trials if before.get(t.number) != t)
    utilities = dict(enumerate(campaign.utilities))
    seconds = time.monotonic() - started
    asked = [t.iteration for t in changed if t.number not in before and t.method != "told"]
    best = campaign.best(1)
    used = snapshot.seconds_used + seconds
    action, reason = _decide(campaign, snapshot, used) if decide else (None, None)
    return Outcome(
        revision=snapshot.revision,
        trials=changed,
        utilities={
            number: value
            for number, value in utilities.items()
            if number not in before or snapshot.utilities.get(number) != value
        },
        num_evaluations=campaign.num_evaluations,
        best_utility=utilities[best[0].number] if best else None,
        seconds=seconds,
        action=action,
        iteration=max(asked, default=None),
        reason=reason,
        awaits_measurements=campaign.awaiting_measurements,
        decodes=campaign.decodes,
    )


def _decide(
    campaign: Campaign, snapshot: Snapshot, seconds: float
) -> tuple[Action | None, str | None]:
    """What becomes of a running campaign after an iteration, and why."""
    limit = snapshot.request.budget.max_seconds
    if campaign.finished:
        return Action.SUCCEED, None
    if limit is not None and seconds >= limit:
        return Action.SUCCEED, f"its {limit:g} s of compute time are used"
    if campaign.awaiting_measurements:
        return Action.WAIT, None
    if campaign.exhausted:
        reason = "no molecule was found that is new and meets every constraint"
        return (Action.SUCCEED if campaign.best(1) else Action.FAIL), reason
    return None, None
