"""What a client sends of molecules that were, or should be, measured."""

from typing import Literal, Self

from pydantic import Field, model_validator

from app.campaigns.fields import ASPIRIN, JsonObject, Measured, Note
from app.schemas import MAX_BATCH, RequestSchema
from bayesopt.results import Result

VALUES = (
    "Value of each objective that has one, in the objective's unit; the others may follow later. "
    "Several numbers are the replicates of one measurement."
)
STATUS = (
    "`abandoned`: no value will come, as after a failed synthesis; `withdrawn`: the values told "
    "before are wrong; null: neither."
)


class SuggestionsRequest(RequestSchema):
    """How many molecules to suggest."""

    num_molecules: int | None = Field(
        default=None,
        ge=1,
        le=MAX_BATCH,
        description="Molecules wanted; null: the campaign's batch size.",
        examples=[8],
    )


class ResultSchema(RequestSchema):
    """What became of one molecule, suggested or not."""

    trial_id: int | None = Field(
        default=None, ge=0, description="Number of the trial, if it was suggested.", examples=[12]
    )
    smiles: str | None = Field(
        default=None,
        max_length=10_000,
        description="The molecule, if it was not.",
        examples=[ASPIRIN],
    )
    values: dict[str, Measured] = Field(
        default_factory=dict,
        max_length=20,
        description=VALUES,
        examples=[{"pIC50": [6.1, 6.3], "solubility": 0.2}],
    )
    status: Literal["abandoned", "withdrawn"] | None = Field(
        default=None, description=STATUS, examples=["abandoned"]
    )
    note: Note | None = Field(
        default=None, description="Free text, kept.", examples=["poorly soluble"]
    )
    metadata: JsonObject | None = Field(
        default=None,
        description="Anything else to keep with the trial.",
        examples=[{"plate": "A7"}],
    )

    def to_domain(self) -> Result:
        """What the campaign is told."""
        return Result(self.trial_id, self.smiles, self.values, self.status, self.note)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.trial_id is None and self.smiles is None:
            raise ValueError("give trial_id or smiles")
        if not self.values and self.status is None:
            raise ValueError("give values or a status")
        return self


class KnownResultSchema(RequestSchema):
    """A molecule that was measured before the campaign began; rows of one are its replicates."""

    smiles: str = Field(max_length=10_000, description="The molecule.", examples=[ASPIRIN])
    values: dict[str, Measured] = Field(
        min_length=1,
        max_length=20,
        description=VALUES,
        examples=[{"pIC50": 6.3}],
    )
    metadata: JsonObject | None = Field(
        default=None,
        description="Anything else to keep with the trial.",
        examples=[{"lot": "B2"}],
    )

    def to_domain(self) -> Result:
        """What the campaign is told."""
        return Result(smiles=self.smiles, values=self.values)


class TrialPatch(RequestSchema):
    """What changes in one trial; a member that is left out stays as it is."""

    values: dict[str, Measured | None] = Field(
        default_factory=dict,
        max_length=20,
        description=f"{VALUES} Null takes the value back: the objective has none then.",
        examples=[{"pIC50": 6.4, "solubility": None}],
    )
    status: Literal["abandoned", "withdrawn"] | None = Field(
        default=None, description=STATUS, examples=["withdrawn"]
    )
    note: Note | None = Field(
        default=None, description="Free text in place of the old; null: none.", examples=["wrong"]
    )
    metadata: JsonObject | None = Field(
        default=None,
        description="The client's own object in place of the old; null: none.",
        examples=[{"plate": "A7"}],
    )

    @property
    def tells(self) -> bool:
        """Whether it says anything that the optimiser must know."""
        return bool(self.values) or self.status is not None

    def to_domain(self, number: int) -> Result:
        """What the campaign is told of trial ``number``."""
        return Result(number, None, self.values, self.status, self.note)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give values, status, note or metadata")
        return self
