"""``POST /v1/sample``."""

from typing import Self

from pydantic import Field, model_validator

from app.molecules.constraints import ConstraintSchema
from app.molecules.schemas.fields import (
    ASPIRIN,
    Labels,
    ModelName,
    NumMolecules,
    PropertyName,
    Seed,
    Temperature,
    TopK,
    TopP,
)
from app.schemas import ReplySchema, RequestSchema
from chemvae.latent import SCALED_RADIUS


class MoleculesRequest(RequestSchema):
    """Molecules wanted, wherever they come from."""

    num_molecules: NumMolecules = Field(
        10,
        description="Molecules wanted; fewer where a bounded number of attempts found no more.",
        examples=[10],
    )
    seed: Seed = None
    constraints: list[ConstraintSchema] = Field(
        default_factory=list,
        max_length=100,
        description="What every molecule must satisfy, as in a campaign.",
        examples=[[{"property": "molecular_weight", "max": 500}]],
    )
    properties: list[PropertyName] = Field(
        ["logp", "qed", "sas", "molecular_weight"],
        max_length=100,
        description="Properties to compute for each molecule.",
        examples=[["qed"]],
    )
    unique: bool = Field(
        True, description="Give each compound (InChIKey) once only.", examples=[True]
    )
    model: ModelName = None


class SampleRequest(MoleculesRequest):
    """Molecules to sample, from the prior or around one."""

    temperature: Temperature = 0.0
    top_k: TopK = None
    top_p: TopP = None
    constrained: bool = Field(
        True,
        description="Mask every token after which no valid SMILES can follow.",
        examples=[True],
    )
    labels: Labels = Field(default_factory=dict)
    smiles: str | None = Field(
        None,
        description="Sample around this molecule; null: from the prior.",
        examples=[ASPIRIN],
    )
    scaled_radius: float = Field(
        SCALED_RADIUS,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="Spread around `smiles`: the latent is mean + scaled_radius x sd x normal "
        "noise, so the unit is the posterior's standard deviation.",
        examples=[1.0],
    )
    min_similarity: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Least Tanimoto similarity to `smiles`, Morgan fingerprints, 0 to 1.",
        examples=[0.4],
    )

    @model_validator(mode="after")
    def _similar_to_something(self) -> Self:
        if self.min_similarity is not None and self.smiles is None:
            raise ValueError("min_similarity needs smiles, the molecule to be similar to")
        return self


class SampledMolecule(ReplySchema):
    """One sampled molecule."""

    smiles: str = Field(description="RDKit canonical SMILES; it parses.", examples=[ASPIRIN])
    inchi_key: str = Field(
        description="Standard InChIKey.", examples=["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]
    )
    properties: dict[str, float] = Field(
        description="Value of each property, in the unit of `/v1/oracles`.",
        examples=[{"qed": 0.55}],
    )
    similarity: float | None = Field(
        description="Tanimoto similarity to `smiles` of the request, 0 to 1; null without one.",
        examples=[0.6],
    )
    novel: bool | None = Field(
        description="Whether the compound is absent from the model's training set; null where "
        "the model comes without an index of that set.",
        examples=[True],
    )


class SampleReply(ReplySchema):
    """The molecules, in the order in which they were found."""

    model: str = Field(description="Model that sampled.", examples=["zinc250k"])
    seed: int = Field(description="Seed that was used.", examples=[7])
    molecules: list[SampledMolecule] = Field(description="The molecules.")
    num_attempts: int = Field(description="Strings that were decoded.", examples=[12])
    num_invalid: int = Field(description="How many of them were no molecule.", examples=[2])
    num_refused: int = Field(
        description="How many molecules a constraint, `min_similarity` or `unique` refused.",
        examples=[0],
    )
    expected_similarity: float | None = Field(
        default=None,
        description="Mean Tanimoto similarity to `smiles` that molecules at this `scaled_radius` "
        "have, 0 to 1, as measured on the model's card; null without `smiles`, outside the radii "
        "measured, and of a model never calibrated.",
        examples=[0.77],
    )
