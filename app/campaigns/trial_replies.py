"""What the endpoints of a campaign's trials answer."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.campaigns.fields import ASPIRIN
from app.campaigns.replies import WHEN
from app.campaigns.tables import TrialRow, ValueRow
from app.schemas import ReplySchema
from bayesopt.trial import TrialStatus


class ValueReply(ReplySchema):
    """A value of one objective."""

    value: float = Field(
        description="In the objective's unit; of replicates the mean.", examples=[6.2]
    )
    replicates: list[float] | None = Field(
        description="The repeats of the measurement, ascending; null: it was not repeated.",
        examples=[[6.1, 6.3]],
    )
    standard_error: float | None = Field(
        description="Of the mean, from its own replicates, in the objective's unit; null: one "
        "measurement tells none.",
        examples=[0.1],
    )
    source: str = Field(description="Where it came from.", examples=["computed"])
    created_at: datetime = Field(description="When it was stored (UTC).", examples=[WHEN])
    replaced_at: datetime | None = Field(
        description="When it was corrected or taken back (UTC); null: in force.", examples=[None]
    )

    @classmethod
    def of(cls, row: ValueRow) -> "ValueReply":
        """From the row."""
        return cls(
            value=row.value,
            replicates=row.replicates,
            standard_error=row.observation.standard_error,
            source=row.source,
            created_at=row.created_at,
            replaced_at=row.replaced_at,
        )


class PredictionReply(ReplySchema):
    """What the surrogate said before any value was known; in units of the utility."""

    mean: float = Field(description="Predicted utility.", examples=[0.88])
    sd: float = Field(description="Standard deviation of the prediction.", examples=[0.05])
    acquisition: float = Field(
        description="Expected improvement over the best trial then.", examples=[0.01]
    )


class NearestReply(ReplySchema):
    """The molecule with a value that a suggestion resembled most when it was made."""

    trial_id: int = Field(description="Its number.", examples=[4])
    smiles: str = Field(description="Its canonical SMILES.", examples=[ASPIRIN])
    similarity: float = Field(
        description="Tanimoto similarity of the Morgan fingerprints, 0 to 1.", examples=[0.62]
    )


class NearestInLibraryReply(ReplySchema):
    """The molecule of training set and libraries that a suggestion resembles most."""

    library: str = Field(
        description="Where it stands: `training`, or the id of a library.", examples=["training"]
    )
    smiles: str = Field(description="Its canonical SMILES, standardised.", examples=[ASPIRIN])
    name: str = Field(description="Its name there; may be empty.", examples=["aspirin"])
    similarity: float = Field(
        description="Tanimoto similarity of the Morgan fingerprints, 0 to 1.", examples=[0.62]
    )


class KnownReply(ReplySchema):
    """Where the compound was known when it was suggested."""

    in_training_set: bool | None = Field(
        description="Whether the model was trained on it, by InChIKey; null where its files do "
        "not tell.",
        examples=[False],
    )
    libraries: list[str] = Field(
        description="Ids of the libraries that hold it, by InChIKey, of those that the owner may "
        "search.",
        examples=[[]],
    )
    nearest: NearestInLibraryReply | None = Field(
        description="What it resembles most of the training set and these libraries; null: "
        "nothing is indexed."
    )


class TrialReply(ReplySchema):
    """One molecule of a campaign, or one decode that gave none."""

    trial_id: int = Field(description="Number within the campaign, from 0.", examples=[12])
    iteration: int = Field(description="Which ask made it; 0: the initial design.", examples=[1])
    status: TrialStatus = Field(description="Its state.", examples=["evaluated"])
    method: str = Field(
        description="What brought it: initial, prior, trust_region or told.",
        examples=["trust_region"],
    )
    smiles: str | None = Field(
        description="Canonical SMILES; null where the decode was no molecule.", examples=[ASPIRIN]
    )
    inchi_key: str | None = Field(
        description="Identity of the compound.", examples=["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]
    )
    latent_asked: list[float] | None = Field(
        description="Latent that was decoded: d numbers (no unit).", examples=[[0.1, -1.0]]
    )
    latent: list[float] | None = Field(
        description="The molecule encoded again: d numbers (no unit).", examples=[[0.1, -1.0]]
    )
    values: dict[str, ValueReply] = Field(description="The value in force of each objective.")
    history: dict[str, list[ValueReply]] = Field(
        description="Values that were corrected or taken back, oldest first."
    )
    utility: float | None = Field(
        description="What the campaign maximises (see `best_utility`).", examples=[0.91]
    )
    prediction: PredictionReply | None = Field(
        description="What was predicted; null where no surrogate was used."
    )
    nearest: NearestReply | None = Field(
        description="The known molecule it resembled most when it was suggested; null: none was."
    )
    known: KnownReply | None = Field(
        description="Whether the compound was known elsewhere when it was suggested; null: it was "
        "told, is no molecule, or older than this member."
    )
    why: str | None = Field(
        description="Why it was chosen; null where it was not.",
        examples=["It is one of the molecules that the campaign was given to begin with."],
    )
    reason: str | None = Field(
        description="Why it is infeasible or abandoned, or which constraint it breaks.",
        examples=["invalid decode"],
    )
    note: str | None = Field(description="Free text of the client.", examples=["poorly soluble"])
    metadata: dict[str, Any] | None = Field(
        description="Whatever the client wanted kept.", examples=[{"plate": "A7"}]
    )
    model_hash: str = Field(
        description="SHA-256 of the model's weights; of a decoder tuned for the campaign, of the "
        "model's and of all that it was tuned with.",
        examples=["ab12..."],
    )
    objective_version: int = Field(description="Version of the objectives then.", examples=[1])
    seed: int = Field(description="Seed of the campaign then.", examples=[7])
    created_at: datetime = Field(description="When it was stored (UTC).", examples=[WHEN])
    updated_at: datetime = Field(description="When it last changed (UTC).", examples=[WHEN])

    @classmethod
    def of(cls, row: TrialRow) -> "TrialReply":
        """From the row with its values."""
        history: dict[str, list[ValueReply]] = {}
        for value in row.values:
            if value.replaced_at is not None:
                history.setdefault(value.objective, []).append(ValueReply.of(value))
        prediction = None
        if row.predicted_mean is not None:
            prediction = {
                "mean": row.predicted_mean,
                "sd": row.predicted_sd,
                "acquisition": row.acquisition,
            }
        nearest = row.nearest and {
            "trial_id": row.nearest["trial"],
            "smiles": row.nearest["smiles"],
            "similarity": row.nearest["similarity"],
        }
        derived = {
            "trial_id": row.number,
            "values": {name: ValueReply.of(item) for name, item in row.current_values.items()},
            "history": history,
            "prediction": prediction,
            "nearest": nearest,
            "metadata": row.details,
        }
        stored = {name: getattr(row, name) for name in cls.model_fields if name not in derived}
        return cls.model_validate({**stored, **derived})
