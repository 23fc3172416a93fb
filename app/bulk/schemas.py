"""What a bulk job computes of each row of a library, as a client asks for it."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Discriminator, Field, Tag, TypeAdapter, model_validator

from app.known.names import MAX_LIBRARIES, TRAINING, LibraryName
from app.molecules.schemas.fields import (
    ASPIRIN,
    Labels,
    ModelName,
    PropertyName,
    Seed,
    Temperature,
)
from app.schemas import MAX_ITEMS, UNION_TAG, RequestSchema
from chemvae.latent import SCALED_RADIUS

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


class LibraryOperation(RequestSchema):
    """A library to be searched: fingerprint, latent and InChIKey of each row's standard form."""

    kind: Literal["library"] = Field(description="What is done.", examples=["library"])


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
        default=SCALED_RADIUS,
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
    labels: Labels = Field(default_factory=dict)
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
    """The nearest to each row, of a few reference molecules or of whole libraries."""

    kind: Literal["neighbours"] = Field(description="What is done.", examples=["neighbours"])
    references: list[str] = Field(
        default=[],
        max_length=MAX_ITEMS,
        description="Molecules as SMILES to compare each row with, standardised and each once.",
        examples=[[ASPIRIN, "c1ccccc1"]],
    )
    libraries: list[LibraryName] = Field(
        default=[],
        max_length=MAX_LIBRARIES,
        description="In place of references: `training`, the training set of the model, and ids of "
        "libraries of your own, bulk jobs of the kind `library`.",
        examples=[[TRAINING]],
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

    @model_validator(mode="after")
    def _one_place_to_look(self) -> Self:
        if bool(self.references) is bool(self.libraries):
            raise ValueError("give references or libraries, and not both")
        return self


Kind = Literal["encode", "library", "score", "sample", "neighbours"]


def _kind(value: object) -> str | None:
    """The tag of the form that ``kind`` names."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return UNION_TAG + str(kind) if kind in get_args(Kind) else None


Operation = (
    EncodeOperation | LibraryOperation | ScoreOperation | SampleOperation | NeighboursOperation
)

OperationSchema = Annotated[
    Annotated[EncodeOperation, Tag(UNION_TAG + "encode")]
    | Annotated[LibraryOperation, Tag(UNION_TAG + "library")]
    | Annotated[ScoreOperation, Tag(UNION_TAG + "score")]
    | Annotated[SampleOperation, Tag(UNION_TAG + "sample")]
    | Annotated[NeighboursOperation, Tag(UNION_TAG + "neighbours")],
    Discriminator(
        _kind,
        custom_error_type="unknown_operation",
        custom_error_message="an operation's kind is encode, library, score, sample or neighbours",
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
