"""A trial as rows, and back."""

from collections.abc import Mapping
from dataclasses import asdict

from app.campaigns.tables import CampaignRow, TrialRow, ValueRow
from app.database import now
from bayesopt.trial import Nearest, Observation, Prediction, Trial, TrialStatus


def to_trial(row: TrialRow) -> Trial:
    """The stored trial with the values in force."""
    prediction = None
    if row.predicted_mean is not None:
        prediction = Prediction(row.predicted_mean, row.predicted_sd or 0.0, row.acquisition or 0.0)
    return Trial(
        number=row.number,
        iteration=row.iteration,
        status=TrialStatus(row.status),
        method=row.method,
        smiles=row.smiles,
        inchi_key=row.inchi_key,
        latent_asked=row.latent_asked,
        latent=row.latent,
        values={name: value.observation for name, value in row.current_values.items()},
        prediction=prediction,
        reason=row.reason,
        why=row.why,
        nearest=None if row.nearest is None else Nearest(**row.nearest),
        model_hash=row.model_hash,
    )


def new_row(campaign: CampaignRow, trial: Trial) -> TrialRow:
    """The row of a trial that is new, without its values and what may change."""
    prediction = trial.prediction
    return TrialRow(
        campaign_id=campaign.id,
        number=trial.number,
        iteration=trial.iteration,
        method=trial.method,
        smiles=trial.smiles,
        inchi_key=trial.inchi_key,
        latent_asked=trial.latent_asked,
        predicted_mean=prediction and prediction.mean,
        predicted_sd=prediction and prediction.sd,
        acquisition=prediction and prediction.acquisition,
        nearest=None if trial.nearest is None else asdict(trial.nearest),
        model_hash=trial.model_hash or campaign.model_hash,
        objective_version=campaign.objective_version,
        seed=campaign.settings["seed"],
        values=[],
    )


def save_values(row: TrialRow, values: Mapping[str, Observation]) -> None:
    """Put ``values`` in force; those they replace stay, with the time."""
    current = row.current_values
    same = {name for name, old in current.items() if old.observation == values.get(name)}
    for objective in current.keys() - same:
        current[objective].replaced_at = now()
    for objective, seen in values.items():
        if objective not in same:
            row.values.append(
                ValueRow(
                    objective=objective,
                    value=seen.value,
                    replicates=list(seen.replicates) or None,
                    source=seen.source,
                )
            )
