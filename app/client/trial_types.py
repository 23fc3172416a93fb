"""A campaign's trials, and what can be told of them."""

from datetime import datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from app.client.endpoint import ReplyModel

Measured = float | list[float]
"""A value in the objective's unit, or the replicates of one measurement."""

Verdict = Literal["abandoned", "withdrawn"]
"""``abandoned``: no value will come; ``withdrawn``: the values told before are wrong."""


class Result(TypedDict):
    """What became of one molecule, suggested (``trial_id``) or not (``smiles``)."""

    trial_id: NotRequired[int | None]
    smiles: NotRequired[str | None]
    values: NotRequired[dict[str, Measured]]
    status: NotRequired[Verdict | None]
    note: NotRequired[str | None]
    metadata: NotRequired[dict[str, Any] | None]


class SuggestionsRequest(TypedDict):
    """How many molecules to suggest; left out: the campaign's batch size."""

    num_molecules: NotRequired[int | None]


class TrialPatch(TypedDict):
    """What changes in one trial: what is left out stays; a value of None is taken back."""

    values: NotRequired[dict[str, Measured | None]]
    status: NotRequired[Verdict | None]
    note: NotRequired[str | None]
    metadata: NotRequired[dict[str, Any] | None]


class Value(ReplyModel):
    """A value of one objective; of replicates the mean, with its standard error."""

    value: float
    replicates: list[float] | None
    standard_error: float | None
    source: str
    created_at: datetime
    replaced_at: datetime | None


class Prediction(ReplyModel):
    """What the surrogate said before any value was known, in units of the utility."""

    mean: float
    sd: float
    acquisition: float


class Nearest(ReplyModel):
    """The molecule with a value that a suggestion resembled most when it was made."""

    trial_id: int
    smiles: str
    similarity: float


class NearestInLibrary(ReplyModel):
    """The molecule of the training set and the owner's libraries that it resembled most."""

    library: str
    smiles: str
    name: str
    similarity: float


class Known(ReplyModel):
    """Where the compound was known when it was suggested; ``libraries`` are ids."""

    in_training_set: bool | None
    libraries: list[str]
    nearest: NearestInLibrary | None


class Trial(ReplyModel):
    """One molecule of a campaign, or one decode that gave none (``smiles`` is None)."""

    trial_id: int
    iteration: int
    status: str
    method: str
    smiles: str | None
    inchi_key: str | None
    latent_asked: list[float] | None
    latent: list[float] | None
    values: dict[str, Value]
    history: dict[str, list[Value]]
    utility: float | None
    prediction: Prediction | None
    nearest: Nearest | None
    known: Known | None
    why: str | None
    reason: str | None
    note: str | None
    metadata: dict[str, Any] | None
    model_hash: str
    objective_version: int
    seed: int
    created_at: datetime
    updated_at: datetime

    def caption(self) -> str:
        """Its utility; without one the prediction; without either its number."""
        if self.utility is not None:
            return f"{self.utility:.4g}"
        if self.prediction is not None:
            return f"{self.prediction.mean:.3g} ± {self.prediction.sd:.2g} predicted"
        return f"trial {self.trial_id}"

    def row(self) -> dict[str, Any]:
        """A row of a table, its columns called as in the export as CSV."""
        predicted = self.prediction
        return {
            "trial_id": self.trial_id,
            "iteration": self.iteration,
            "status": self.status,
            "method": self.method,
            "smiles": self.smiles,
            "inchi_key": self.inchi_key,
            "utility": self.utility,
            "predicted_mean": predicted and predicted.mean,
            "predicted_sd": predicted and predicted.sd,
            "reason": self.reason,
            "why": self.why,
            "note": self.note,
            **self._known_cells(),
            **{f"value:{name}": value.value for name, value in self.values.items()},
        }

    def _known_cells(self) -> dict[str, Any]:
        known, nearest = self.known, self.known and self.known.nearest
        return {
            "in_training_set": known and known.in_training_set,
            "libraries": (known and " ".join(known.libraries)) or None,
            "nearest_known_library": nearest and nearest.library,
            "nearest_known_smiles": nearest and nearest.smiles,
            "nearest_known_name": nearest and nearest.name,
            "nearest_known_similarity": nearest and nearest.similarity,
        }
