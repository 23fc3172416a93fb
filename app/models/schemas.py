"""What is told about a model."""

from typing import Any

from pydantic import Field

from app.schemas import ReplySchema


class ModelCard(ReplySchema):
    """A model and what is known of it."""

    name: str = Field(description="Name to use in a request.", examples=["zinc250k"])
    is_default: bool = Field(
        description="Whether a request that names no model gets this one.", examples=[True]
    )
    latent_dim: int = Field(description="Latent dimensions, d (count).", examples=[64])
    weights_sha256: str = Field(
        description="SHA-256 of the weights, hexadecimal; every trial records it.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    labels: list[str] = Field(
        description="Labels that `labels` of `/v1/sample`, `/v1/decode`, `/v1/complete` and bulk "
        "samples may tell the decoder; empty where it is told none.",
        examples=[["logp"]],
    )
    properties: list[str] = Field(
        description="What the model's heads predict, as `predicted` of `/v1/encode` gives it.",
        examples=[["logp", "qed"]],
    )
    card: dict[str, Any] = Field(
        description="The model card: data set and its hash, sizes, training, and every measured "
        "number with its protocol.",
        examples=[{"dataset": "zinc250k", "reconstruction": {"value": 0.75, "unit": "fraction"}}],
    )
