"""What the model makes of the molecule that everything on the page is about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.models.dependencies import Models
from app.molecules import router as molecules
from app.molecules.schemas.encode import EncodedItem, EncodeRequest
from app.molecules.schemas.fields import FailedItem
from app.molecules.schemas.properties import PropertiesItem, PropertiesRequest
from app.schemas import ItemError
from data.limits import MAX_SMILES_LENGTH

SHOWN = ("logp", "qed", "sas", "molecular_weight")
"""Properties of every molecule on these pages."""


@dataclass(frozen=True, slots=True)
class Place:
    """A molecule, and its way into the latent space and back."""

    smiles: str
    """Canonical where it can be read, else as it was typed."""
    properties: dict[str, float] | None
    encoded: EncodedItem | None
    refusal: ItemError | None
    """Why it has no latent, or is no molecule: an unknown token is named."""


def described(smiles: str, properties: Sequence[str] = SHOWN) -> Place:
    """The molecule by itself, which no model is asked about; nothing about it is an error."""
    if len(smiles) > MAX_SMILES_LENGTH:
        text = f"{len(smiles)} characters; at most {MAX_SMILES_LENGTH} are read"
        return Place("", None, None, ItemError(code="too_long", message=text))
    asked = PropertiesRequest(smiles=[smiles], properties=list(properties))
    [item] = molecules.properties(asked).items
    if isinstance(item, FailedItem):
        return Place("", None, None, item.error)
    return Place(item.canonical_smiles, item.properties, None, None)


def place_of(models: Models, model: str | None, smiles: str) -> Place:
    """Where it stands; nothing about it is an error.

    Raises:
        NotFoundError: no model has that name.
    """
    found = described(smiles)
    if found.refusal is not None:
        return found
    [item] = molecules.encode(EncodeRequest(smiles=[smiles], model=model), models).items
    if isinstance(item, FailedItem):
        return replace(found, refusal=item.error)
    return replace(found, encoded=item)


def properties_of(smiles: Sequence[str]) -> list[dict[str, float]]:
    """Of each molecule the properties that these pages show; of one that has none, nothing."""
    if not smiles:
        return []
    asked = PropertiesRequest(smiles=list(smiles), properties=list(SHOWN))
    items = molecules.properties(asked).items
    return [item.properties if isinstance(item, PropertiesItem) else {} for item in items]
