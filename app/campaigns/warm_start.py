"""What a new campaign is told at its creation: rows of the user's, and an earlier campaign."""

from collections.abc import Sequence

from app.campaigns.compute import tell
from app.campaigns.outcome import Outcome
from app.campaigns.records import Snapshot
from app.campaigns.repository import CampaignRepository
from app.campaigns.result_schemas import KnownResultSchema
from app.campaigns.schemas import CampaignRequest
from app.errors import FieldError, InvalidRequestError
from app.models.serial import SerialModel
from bayesopt.compounds import compound_key
from bayesopt.errors import ResultError
from bayesopt.results import Result
from bayesopt.warm_start import by_compound, from_trials
from data.molecules import parse

POINTER = "/initial/results"


def told_at_creation(
    request: CampaignRequest, earlier: Snapshot | None, model: SerialModel
) -> Outcome | None:
    """The trials a campaign of ``request`` begins with; None where it is told nothing.

    The user's rows come last, so that they replace what the earlier campaign says.

    Raises:
        InvalidRequestError: a row that cannot be used.
    """
    known = () if earlier is None else _from_campaign(request, earlier)
    try:
        rows = by_compound([row.to_domain() for row in request.initial.results])
    except ResultError as error:
        raise _refused(error.index, error) from error
    if not known and not rows:
        return None
    start = Snapshot(
        campaign_id="",
        owner=None,
        request=request,
        model=request.model or "",
        model_hash=model.fingerprint,
        revision=0,
        seconds_used=0.0,
        trials=(),
        utilities={},
    )
    try:
        return tell(start, model, [*known, *rows.values()])
    except ResultError as error:
        raise _refused(list(rows)[error.index - len(known)], error) from error


def keep_metadata(
    repository: CampaignRepository, campaign_id: str, rows: Sequence[KnownResultSchema]
) -> None:
    """Write the client's own words to the trials that the rows became; the last row wins."""
    for row in rows:
        if row.metadata is not None:
            trial = repository.trial_of(campaign_id, compound_key(parse(row.smiles)))
            trial.details = (trial.details or {}) | row.metadata
    repository.session.flush()


def _from_campaign(request: CampaignRequest, earlier: Snapshot) -> tuple[Result, ...]:
    return from_trials(
        earlier.trials,
        earlier.request.to_domain().objectives,
        request.to_domain(initial_smiles=()).objectives,
        source=f"campaign {earlier.campaign_id}",
    )


def _refused(index: int, error: ResultError) -> InvalidRequestError:
    said = str(error.__cause__)
    return InvalidRequestError(
        f"{POINTER}/{index}: {said}", errors=[FieldError(f"{POINTER}/{index}", said)]
    )
