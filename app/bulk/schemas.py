"""What a bulk job computes of each row of a library, as a client asks for it."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, TypeAdapter, model_validator

from app.molecules.schemas.fields import (
    ASPIRIN,
    ModelName,
    PropertyName,
    Seed,
    Temperature,
)
from app.schemas import MAX_ITEMS, UNION_TAG, RequestSchema

MAX_ROWS = 5_000_000
"""Rows of a library, and molecules of a sample, at most."""

MAX_PER_ROW = 100
"""Samples around one row, and neighbours of one, at most."""

Properties = Annotated[
    list[PropertyName],
    Field(
        max_length=100,
        description="Properties to compute, in the units of `/v1/oracles`.",
        examples=[["logp", "qed"]],
    ),
]


class EncodeOperation(RequestSchema):
    """The latent of each row."""

    kind: Literal["encode"] = Field(description="What is done.", examples=["encode"])


class ScoreOperation(RequestSchema):
    """Computed properties of each row."""

    kind: Literal["score"] = Field(description="What is done.", examples=["score"])
    properties: Annotated[Properties, Field(min_length=1)] = Field(
        default=["logp", "qed", "sas", "molecular_weight"]
    )


class SampleOperation(RequestSchema):
    """New molecules around each row, or from the prior."""

    kind: Literal["sample"] = Field(description="What is done.", examples=["sample"])
    around: Literal["library", "prior"] = Field(
        default="library",
        description="Sample around each row of the library, or from the prior, without a library.",
        examples=["library"],
    )
    num_molecules: int = Field(
        ge=1,
        le=MAX_ROWS,
        description=f"Strings to decode: around each row, at most {MAX_PER_ROW}; or in all from "
        f"the prior, at most {MAX_ROWS}.",
        examples=[10],
    )
    scaled_radius: float = Field(
        default=1.0,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="Spread around a row, in standard deviations of its posterior.",
        examples=[1.0],
    )
    temperature: Temperature = 0.0
    constrained: bool = Field(
        default=True,
        description="Mask every token after which no valid SMILES can follow.",
        examples=[True],
    )
    properties: Properties = Field(default=[])
    seed: Seed = None

    @model_validator(mode="after")
    def _few_around_a_row(self) -> Self:
        if self.around == "library" and self.num_molecules > MAX_PER_ROW:
            raise ValueError(
                f"{self.num_molecules} molecules around each row; ask for at most {MAX_PER_ROW}"
            )
        return self


class NeighboursOperation(RequestSchema):
    """The nearest of a few reference molecules to each row."""

    kind: Literal["neighbours"] = Field(description="What is done.", examples=["neighbours"])
    references: list[str] = Field(
        min_length=1,
        max_length=MAX_ITEMS,
        description="Molecules as SMILES to compare each row with, standardised and each once.",
        examples=[[ASPIRIN, "c1ccccc1"]],
    )
    k: int = Field(
        default=1,
        ge=1,
        le=MAX_PER_ROW,
        description="Nearest references that each row is given.",
        examples=[1],
    )
    space: Literal["latent", "fingerprint"] = Field(
        default="fingerprint", description="Which distance ranks.", examples=["fingerprint"]
    )


def _kind(value: object) -> str | None:
    """The tag of the form that ``kind`` names."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    known = ("encode", "score", "sample", "neighbours")
    return UNION_TAG + kind if kind in known else None


Operation = EncodeOperation | ScoreOperation | SampleOperation | NeighboursOperation

OperationSchema = Annotated[
    Annotated[EncodeOperation, Tag(UNION_TAG + "encode")]
    | Annotated[ScoreOperation, Tag(UNION_TAG + "score")]
    | Annotated[SampleOperation, Tag(UNION_TAG + "sample")]
    | Annotated[NeighboursOperation, Tag(UNION_TAG + "neighbours")],
    Discriminator(
        _kind,
        custom_error_type="unknown_operation",
        custom_error_message="an operation's kind is encode, score, sample or neighbours",
    ),
]
_OPERATION: TypeAdapter[Operation] = TypeAdapter(OperationSchema)


class JobRequest(RequestSchema):
    """A bulk job."""

    name: str = Field(
        default="bulk job",
        min_length=1,
        max_length=200,
        description="Name for people.",
        examples=["vendor library"],
    )
    operation: OperationSchema = Field(description="What is done with each row.")
    model: ModelName = None


def stored_operation(data: dict[str, Any]) -> Operation:
    """The operation of a job's row."""
    return _OPERATION.validate_python(data)


def needs_library(operation: Operation) -> bool:
    """Whether the job waits for rows."""
    return not (isinstance(operation, SampleOperation) and operation.around == "prior")
