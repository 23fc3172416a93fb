"""``POST /v1/encode``."""

from pydantic import Field

from app.molecules.schemas.fields import ASPIRIN, FailedItem, Latent, ModelName, SmilesBatch
from app.schemas import ReplySchema, RequestSchema


class EncodeRequest(RequestSchema):
    """Molecules to encode."""

    smiles: SmilesBatch
    model: ModelName = None


class Reconstruction(ReplySchema):
    """What the greedy decoder makes of the encoded mean."""

    smiles: str | None = Field(
        description="Canonical SMILES; null where the decode was no molecule.", examples=[ASPIRIN]
    )
    exact: bool = Field(description="Whether it is the molecule that went in.", examples=[True])
    tanimoto: float | None = Field(
        description="Tanimoto similarity to it, Morgan fingerprints, 0 to 1.", examples=[1.0]
    )


class EncodedItem(ReplySchema):
    """One encoded molecule."""

    canonical_smiles: str = Field(description="RDKit canonical SMILES.", examples=[ASPIRIN])
    inchi_key: str = Field(
        description="Standard InChIKey.", examples=["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]
    )
    latent: Latent = Field(description="Mean of the posterior: d numbers (no unit).")
    log_variance: Latent = Field(description="Log variance of the posterior: d numbers (no unit).")
    reconstruction: Reconstruction = Field(description="The mean decoded again.")
    predicted: dict[str, float] = Field(
        description="What the model's heads predict from the mean, by name, in the units they were "
        "trained in: those of `/v1/oracles`, or of a column of the user's own table; empty where "
        "the model has no heads.",
        examples=[{"logp": 1.29, "qed": 0.54}],
    )


class EncodeReply(ReplySchema):
    """One item for each SMILES, in order."""

    model: str = Field(description="Model that encoded.", examples=["zinc250k"])
    items: list[EncodedItem | FailedItem] = Field(description="One item for each SMILES, in order.")
