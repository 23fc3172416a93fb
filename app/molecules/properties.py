"""Computed properties of a batch of molecules."""

from collections.abc import Sequence

from app import deadline
from app.molecules.schemas.fields import FailedItem
from app.molecules.schemas.properties import PropertiesItem
from app.schemas import ItemError
from data.errors import MoleculeError, PropertyError, Refusal
from data.molecules import canonical_smiles, inchi_key, parse
from data.properties import compute


def compute_properties(
    smiles: Sequence[str], names: Sequence[str]
) -> list[PropertiesItem | FailedItem]:
    """One item for each of ``smiles``, in order."""
    return [_item(text, names) for text in smiles]


def _item(smiles: str, names: Sequence[str]) -> PropertiesItem | FailedItem:
    deadline.check()
    try:
        mol = parse(smiles)
        return PropertiesItem(
            canonical_smiles=canonical_smiles(mol),
            inchi_key=inchi_key(mol),
            properties=compute(mol, names),
        )
    except MoleculeError as error:
        return FailedItem(error=ItemError.of(Refusal.from_error(error)))
    except PropertyError as error:
        return FailedItem(error=ItemError(code="no_value", message=str(error)))
