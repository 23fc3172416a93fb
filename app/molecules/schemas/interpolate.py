"""``POST /v1/interpolate``."""

from typing import Literal

from pydantic import Field

from app.molecules.schemas.fields import ASPIRIN, Latent, ModelName, PropertyName
from app.schemas import ReplySchema, RequestSchema

MAX_STEPS = 1_000


class InterpolateRequest(RequestSchema):
    """Two molecules, and how to go from one to the other."""

    start: str = Field(description="Molecule to start from, as SMILES.", examples=[ASPIRIN])
    end: str = Field(description="Molecule to end at, as SMILES.", examples=["CC(=O)Nc1ccc(O)cc1"])
    num_steps: int = Field(
        8,
        ge=2,
        le=MAX_STEPS,
        description="Points of the way, equally spaced; both ends are among them.",
        examples=[8],
    )
    method: Literal["linear", "spherical"] = Field(
        "linear",
        description="linear: the straight line between the two latents. spherical: the direction "
        "turns at constant speed and the norm changes linearly, so that the way does not cut "
        "through norms that no molecule has.",
        examples=["spherical"],
    )
    properties: list[PropertyName] = Field(
        ["logp", "qed", "sas", "molecular_weight"],
        max_length=100,
        description="Properties to compute at each step.",
        examples=[["qed"]],
    )
    model: ModelName = None


class InterpolationStep(ReplySchema):
    """One point of the way and the molecule it decodes to greedily."""

    fraction: float = Field(description="0 at the start, 1 at the end.", examples=[0.5])
    latent: Latent = Field(description="The point: d numbers (no unit).")
    smiles: str | None = Field(
        description="RDKit canonical SMILES; null where the decode was no molecule.",
        examples=[ASPIRIN],
    )
    similarity_to_start: float | None = Field(
        description="Tanimoto similarity to `start`, Morgan fingerprints, 0 to 1; null where the "
        "decode was no molecule.",
        examples=[0.4],
    )
    similarity_to_end: float | None = Field(
        description="Tanimoto similarity to `end`, Morgan fingerprints, 0 to 1; null where the "
        "decode was no molecule.",
        examples=[0.6],
    )
    properties: dict[str, float | None] = Field(
        description="Value of each property, in the unit of `/v1/oracles`, null where it has none; "
        "empty where the decode was no molecule.",
        examples=[{"qed": 0.55}],
    )


class InterpolateReply(ReplySchema):
    """The way from start to end.

    Its first and last step show what the model makes of the two molecules, which may differ from
    the molecules themselves.
    """

    model: str = Field(description="Model that encoded and decoded.", examples=["zinc250k"])
    steps: list[InterpolationStep] = Field(description="The points, from start to end.")
