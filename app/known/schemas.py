"""``POST /v1/neighbours``."""

from typing import Literal, Self

from pydantic import Field, model_validator

from app.known.names import MAX_LIBRARIES, TRAINING, LibraryName
from app.molecules.schemas.fields import ASPIRIN, ModelName
from app.schemas import ReplySchema, RequestSchema
from chemvae.known.index import Known

MAX_NEIGHBOURS = 100

Space = Literal["latent", "fingerprint"]


class NeighboursRequest(RequestSchema):
    """A molecule, and where to look for those that resemble it."""

    smiles: str = Field(
        max_length=10_000,
        description="The molecule as SMILES; its largest organic fragment is compared.",
        examples=[ASPIRIN],
    )
    k: int = Field(
        default=10, ge=1, le=MAX_NEIGHBOURS, description="Most neighbours wanted.", examples=[10]
    )
    space: Space = Field(
        default="fingerprint",
        description="Which distance ranks: of the fingerprints, or of the model's latents.",
        examples=["fingerprint"],
    )
    min_similarity: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Least Tanimoto similarity of a neighbour, 0 to 1; in the space `fingerprint`.",
        examples=[0.4],
    )
    libraries: list[LibraryName] = Field(
        default=[TRAINING],
        min_length=1,
        max_length=MAX_LIBRARIES,
        description="Where to look: `training`, the training set of the model, and the ids of "
        "libraries of your own or shared with you.",
        examples=[[TRAINING]],
    )
    model: ModelName = None

    @model_validator(mode="after")
    def _similar_by_fingerprint(self) -> Self:
        if self.min_similarity and self.space == "latent":
            raise ValueError("min_similarity is of fingerprints; leave it out, or the space latent")
        return self


class KnownMolecule(ReplySchema):
    """A molecule of a library, and how far it is from the one asked about."""

    library: str = Field(
        description="Where it stands: `training`, or the id of a library.", examples=[TRAINING]
    )
    smiles: str = Field(description="Canonical SMILES, standardised.", examples=[ASPIRIN])
    inchi_key: str = Field(
        description="Standard InChIKey.", examples=["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]
    )
    name: str = Field(description="Its name there; may be empty.", examples=["aspirin"])
    same_compound: bool = Field(
        description="Whether it is the compound asked about, by InChIKey.", examples=[True]
    )
    latent_distance: float | None = Field(
        description="Euclidean distance of the posterior means (no unit); null where the model "
        "has a latent of one of the two only, or the library is of another model.",
        examples=[0.0],
    )
    fingerprint_distance: float = Field(
        description="1 - Tanimoto similarity of the Morgan fingerprints, 0 to 1.", examples=[0.0]
    )

    @classmethod
    def of(cls, library: str, item: Known, inchi_key: str) -> "KnownMolecule":
        """As found in a library by the compound of that key."""
        return cls(
            library=library,
            smiles=item.smiles,
            inchi_key=item.inchi_key,
            name=item.name,
            same_compound=item.inchi_key == inchi_key,
            latent_distance=item.latent_distance,
            fingerprint_distance=item.fingerprint_distance,
        )


class NeighboursReply(ReplySchema):
    """The nearest known molecules, nearest first."""

    model: str = Field(description="Model whose latents are compared.", examples=["zinc250k"])
    smiles: str = Field(
        description="The molecule asked about: canonical SMILES, standardised.", examples=[ASPIRIN]
    )
    inchi_key: str = Field(
        description="Its standard InChIKey.", examples=["BSYNRYMUTXBXSQ-UHFFFAOYSA-N"]
    )
    in_training_set: bool | None = Field(
        description="Whether the model was trained on the compound; null where its files do not "
        "tell.",
        examples=[False],
    )
    num_compared: int = Field(
        description="Molecules of all the libraries together: each was compared.",
        examples=[220_000],
    )
    neighbours: list[KnownMolecule] = Field(description="The nearest, nearest first.")
