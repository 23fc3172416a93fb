"""``POST /v1/decode``."""

from typing import Self

from pydantic import Field, model_validator

from app.molecules.schemas.fields import (
    ASPIRIN,
    FailedItem,
    Labels,
    Latent,
    ModelName,
    NumMolecules,
    Seed,
    Temperature,
    TopK,
    TopP,
)
from app.schemas import MAX_ITEMS, ReplySchema, RequestSchema

MAX_BEAM_WIDTH = 100


class DecodeRequest(RequestSchema):
    """Latents to decode."""

    latents: list[Latent] = Field(
        min_length=1,
        max_length=MAX_ITEMS,
        description="Latents of d numbers each (no unit); one of another length, or with a number "
        "that is not finite, fails alone, in its own item.",
        examples=[[[0.1, -1.0]]],
    )
    num_molecules: NumMolecules = Field(
        1,
        description="Distinct molecules wanted for each latent; fewer where a bounded number of "
        f"attempts found no more. At most {MAX_ITEMS} over all latents.",
        examples=[1],
    )
    temperature: Temperature = 0.0
    seed: Seed = None
    constrained: bool = Field(
        True,
        description="Mask every token after which no valid SMILES can follow. An invalid decode, "
        "masked or not, is decoded again within a bounded number of attempts.",
        examples=[True],
    )
    top_k: TopK = None
    top_p: TopP = None
    beam_width: int | None = Field(
        None,
        ge=1,
        le=MAX_BEAM_WIDTH,
        description="Search a beam of this many strings (count) and give its molecules, the "
        "likeliest first in case of equal frequency; it draws nothing, so temperature, top_k and "
        "top_p must be left out. null: decode greedily or by sampling.",
        examples=[10],
    )
    labels: Labels = Field(default_factory=dict)
    model: ModelName = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if len(self.latents) * self.num_molecules > MAX_ITEMS:
            raise ValueError(
                f"{len(self.latents)} latents x {self.num_molecules} molecules are more than "
                f"{MAX_ITEMS}: send fewer at a time"
            )
        return self

    @model_validator(mode="after")
    def _beam_or_samples(self) -> Self:
        if self.beam_width is not None and (self.temperature or self.top_k or self.top_p):
            raise ValueError(
                "beam_width searches for the likeliest strings and draws nothing: leave out "
                "temperature, top_k and top_p, or leave out beam_width"
            )
        return self


class DecodedMolecule(ReplySchema):
    """One molecule that a latent decodes to."""

    smiles: str = Field(description="RDKit canonical SMILES; it parses.", examples=[ASPIRIN])
    frequency: float = Field(
        description="Share of the item's attempts that gave it, 0 to 1.", examples=[1.0]
    )
    log_likelihood: float = Field(
        description="Natural log of the decoder's probability of the string, the best of its "
        "attempts (nats).",
        examples=[-0.7],
    )
    latent_distance: float | None = Field(
        description="Euclidean distance from the latent asked for to the molecule's own encoding "
        "(no unit); null where the model cannot encode it.",
        examples=[0.8],
    )


class DecodedItem(ReplySchema):
    """What one latent decodes to, the most frequent molecule first."""

    molecules: list[DecodedMolecule] = Field(description="Distinct molecules.")
    num_attempts: int = Field(description="Strings that were decoded.", examples=[1])
    num_invalid: int = Field(description="How many of them were no molecule.", examples=[0])


class DecodeReply(ReplySchema):
    """One item for each latent, in order."""

    model: str = Field(description="Model that decoded.", examples=["zinc250k"])
    seed: int = Field(description="Seed that was used.", examples=[7])
    constrained: bool = Field(
        description="Whether invalid strings were masked while decoding.", examples=[True]
    )
    items: list[DecodedItem | FailedItem] = Field(description="One item for each latent, in order.")
