"""``POST /v1/properties``."""

from pydantic import Field

from app.molecules.schemas.fields import ASPIRIN, FailedItem, PropertyName, SmilesBatch
from app.schemas import ReplySchema, RequestSchema


class PropertiesRequest(RequestSchema):
    """Molecules to compute properties of."""

    smiles: SmilesBatch
    properties: list[PropertyName] | None = Field(
        None,
        max_length=100,
        description="Names of the properties; null: all of them.",
        examples=[["logp", "qed"]],
    )


class PropertiesItem(ReplySchema):
    """The properties of one molecule."""

    canonical_smiles: str = Field(description="RDKit canonical SMILES.", examples=[ASPIRIN])
    inchi_key: str = Field(
        description="Standard InChIKey.", examples=["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]
    )
    properties: dict[str, float] = Field(
        description="Value of each property, in the unit of `/v1/oracles`.",
        examples=[{"logp": 1.31, "qed": 0.55}],
    )


class PropertiesReply(ReplySchema):
    """One item for each SMILES, in order."""

    items: list[PropertiesItem | FailedItem] = Field(
        description="One item for each SMILES, in order."
    )
