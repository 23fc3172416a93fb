"""What the molecules' calls take and answer; units are those of the reference, `/docs`."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from app.client.endpoint import ReplyModel
from app.client.frames import to_frame
from app.client.wishes import Constraint


class _ModelChoice(TypedDict):
    model: NotRequired[str | None]


class EncodeRequest(_ModelChoice):
    """Molecules to encode."""

    smiles: list[str]


class DecodeRequest(_ModelChoice):
    """Latents to decode, ``d`` numbers each; rows of an array do as well."""

    latents: list[list[float]]
    num_molecules: NotRequired[int]
    temperature: NotRequired[float]
    seed: NotRequired[int | None]
    constrained: NotRequired[bool]
    top_k: NotRequired[int | None]
    top_p: NotRequired[float | None]
    beam_width: NotRequired[int | None]
    labels: NotRequired[dict[str, float]]


class _MoleculesRequest(_ModelChoice):
    num_molecules: NotRequired[int]
    seed: NotRequired[int | None]
    constraints: NotRequired[list[Constraint]]
    properties: NotRequired[list[str]]
    unique: NotRequired[bool]
    temperature: NotRequired[float]
    smiles: NotRequired[str | None]


class SampleRequest(_MoleculesRequest):
    """Molecules to sample, from the prior or around ``smiles``."""

    top_k: NotRequired[int | None]
    top_p: NotRequired[float | None]
    constrained: NotRequired[bool]
    labels: NotRequired[dict[str, float]]
    scaled_radius: NotRequired[float]
    min_similarity: NotRequired[float | None]


class CompleteRequest(_MoleculesRequest):
    """A fragment to continue to whole molecules."""

    fragment: str
    labels: NotRequired[dict[str, float]]


class InterpolateRequest(_ModelChoice):
    """Two molecules, and how to go from one to the other."""

    start: str
    end: str
    num_steps: NotRequired[int]
    method: NotRequired[Literal["linear", "spherical"]]
    properties: NotRequired[list[str]]


class PropertiesRequest(TypedDict):
    """Molecules to compute properties of; ``properties`` left out: all."""

    smiles: list[str]
    properties: NotRequired[list[str] | None]


class ItemError(ReplyModel):
    """Why one item of a batch failed."""

    code: str
    message: str


class FailedItem(ReplyModel):
    """An item that could not be answered; the others are."""

    error: ItemError


class Reconstruction(ReplyModel):
    """What the greedy decoder makes of the encoded mean; None: no molecule."""

    smiles: str | None
    exact: bool
    tanimoto: float | None


class EncodedItem(ReplyModel):
    """Mean and log variance of a molecule's posterior, ``d`` numbers each.

    ``predicted`` is what the model's heads say of the mean, by name.
    """

    canonical_smiles: str
    inchi_key: str
    latent: list[float]
    log_variance: list[float]
    reconstruction: Reconstruction
    predicted: dict[str, float]


class Encoded(ReplyModel):
    """One item for each SMILES, in order."""

    model: str
    items: list[EncodedItem | FailedItem]


class DecodedMolecule(ReplyModel):
    """One molecule that a latent decodes to."""

    smiles: str
    frequency: float
    log_likelihood: float
    latent_distance: float | None


class DecodedItem(ReplyModel):
    """What one latent decodes to, the most frequent molecule first."""

    molecules: list[DecodedMolecule]
    num_attempts: int
    num_invalid: int


class Decoded(ReplyModel):
    """One item for each latent, in order."""

    model: str
    seed: int
    constrained: bool
    items: list[DecodedItem | FailedItem]


class SampledMolecule(ReplyModel):
    """One new molecule with its properties."""

    smiles: str
    inchi_key: str
    properties: dict[str, float]
    similarity: float | None
    novel: bool | None


class Samples(ReplyModel):
    """The molecules in the order in which they were found, and what was refused on the way."""

    model: str
    seed: int
    molecules: list[SampledMolecule]
    num_attempts: int
    num_invalid: int
    num_refused: int
    expected_similarity: float | None

    def frame(self, *, molecules: bool = False) -> Any:  # noqa: ANN401
        """One row a molecule, a column ``value:NAME`` for each property.

        Args:
            molecules: Whether to add a column ``molecule`` of RDKit molecules.

        Raises:
            MissingPackageError: pandas, or RDKit, is not installed.
        """
        rows = [
            item.model_dump(exclude={"properties"})
            | {f"value:{name}": value for name, value in item.properties.items()}
            for item in self.molecules
        ]
        return to_frame(rows, molecules=molecules)


class InterpolationStep(ReplyModel):
    """One point of the way, and the molecule it decodes to; None: no molecule."""

    fraction: float
    latent: list[float]
    smiles: str | None
    similarity_to_start: float | None
    similarity_to_end: float | None
    properties: dict[str, float | None]


class Interpolation(ReplyModel):
    """The way from start to end."""

    model: str
    steps: list[InterpolationStep]


class PropertiesItem(ReplyModel):
    """The properties of one molecule."""

    canonical_smiles: str
    inchi_key: str
    properties: dict[str, float]


class Properties(ReplyModel):
    """One item for each SMILES, in order."""

    items: list[PropertiesItem | FailedItem]


class NeighboursRequest(_ModelChoice):
    """A molecule, and where to look: ``training``, and ids of libraries of yours."""

    smiles: str
    k: NotRequired[int]
    space: NotRequired[Literal["latent", "fingerprint"]]
    min_similarity: NotRequired[float]
    libraries: NotRequired[list[str]]


class KnownMolecule(ReplyModel):
    """A molecule of a library, and how far it is from the one asked about."""

    library: str
    smiles: str
    inchi_key: str
    name: str
    same_compound: bool
    latent_distance: float | None
    fingerprint_distance: float


class Neighbours(ReplyModel):
    """The nearest known molecules, nearest first."""

    model: str
    smiles: str
    inchi_key: str
    in_training_set: bool | None
    num_compared: int
    neighbours: list[KnownMolecule]
