"""Fields and items that several of the molecule endpoints share."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.schemas import MAX_ITEMS, ItemError, ReplySchema
from bayesopt.errors import nearest_known
from chemvae.seeds import MAX_SEED
from data.properties import PROPERTIES

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
MAX_TEMPERATURE = 5.0


def _known_property(name: str) -> str:
    if name not in PROPERTIES:
        raise ValueError(f"no property {name!r}: {nearest_known(name, PROPERTIES)}")
    return name


PropertyName = Annotated[str, AfterValidator(_known_property)]
SmilesBatch = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=MAX_ITEMS,
        description="Molecules as SMILES; one that cannot be used fails alone, in its own item.",
        examples=[[ASPIRIN, "c1ccccc1"]],
    ),
]
ModelName = Annotated[
    str | None,
    Field(description="Name of the model; null: the service's default.", examples=["zinc250k"]),
]
NumMolecules = Annotated[int, Field(ge=1, le=MAX_ITEMS)]
Temperature = Annotated[
    float,
    Field(
        ge=0,
        le=MAX_TEMPERATURE,
        allow_inf_nan=False,
        description="Divides the decoder's logits (no unit); 0: greedy, the likeliest token.",
        examples=[0.0],
    ),
]
TopK = Annotated[
    int | None,
    Field(
        ge=1,
        le=1_000,
        description="Sample among this many likeliest tokens alone (count); null: all. Applies "
        "above temperature 0.",
        examples=[10],
    ),
]
TopP = Annotated[
    float | None,
    Field(
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="Sample among the fewest tokens whose probabilities add up to this (no unit); "
        "null: all. Applies above temperature 0.",
        examples=[0.95],
    ),
]
Labels = Annotated[
    dict[str, Annotated[float, Field(allow_inf_nan=False)]],
    Field(
        max_length=100,
        description="What a label-conditional decoder is told, name and value in the label's unit; "
        "a label left out is told as unknown. `GET /v1/models/{name}` lists the labels of a model; "
        "most models, the bundled ones among them, have none.",
        examples=[{}, {"logp": 2.5}],
    ),
]
Seed = Annotated[
    int | None,
    Field(
        ge=0,
        le=MAX_SEED,
        description="The same seed, model and request give the same molecules; null: a new one, "
        "which the reply names.",
        examples=[7],
    ),
]
Latent = Annotated[
    list[float], Field(description="Latent coordinates, d numbers (no unit).", examples=[[0.1, -1]])
]


class FailedItem(ReplySchema):
    """An item that could not be answered; the others are."""

    error: ItemError = Field(description="Why.")
