"""SMILES to latents, and what the decoder makes of them."""

from collections.abc import Sequence
from typing import cast

import torch

from app import deadline
from app.models.serial import SerialModel
from app.molecules.schemas.encode import EncodedItem, Reconstruction
from app.molecules.schemas.fields import FailedItem
from app.schemas import ItemError
from bayesopt.latent_model import Encoding
from data.errors import MoleculeError, Refusal
from data.fingerprints import morgan, tanimoto
from data.molecules import canonical_smiles, inchi_key, parse


def encode(model: SerialModel, smiles: Sequence[str]) -> list[EncodedItem | FailedItem]:
    """One item for each of ``smiles``, in order; the means are decoded greedily in one batch."""
    encodings = model.encode(smiles)
    means = [item.mean for item in encodings if not isinstance(item, Refusal)]
    decoded = iter(model.decode(torch.stack(means)) if means else [])
    said = iter(model.predicted(means))
    return [
        FailedItem(error=ItemError.of(item))
        if isinstance(item, Refusal)
        else _item(text, item, next(decoded).smiles, next(said))
        for text, item in zip(smiles, encodings, strict=True)
    ]


def _item(
    smiles: str, encoding: Encoding, decoded: str | None, said: dict[str, float]
) -> EncodedItem | FailedItem:
    deadline.check()
    try:
        mol = parse(smiles)
        key, canonical = inchi_key(mol), canonical_smiles(mol)
    except MoleculeError as error:
        return FailedItem(error=ItemError.of(Refusal.from_error(error)))
    similarity = None if decoded is None else tanimoto(morgan(mol), morgan(parse(decoded)))
    return EncodedItem(
        canonical_smiles=canonical,
        inchi_key=key,
        latent=cast("list[float]", encoding.mean.tolist()),
        log_variance=cast("list[float]", encoding.log_variance.tolist()),
        reconstruction=Reconstruction(
            smiles=decoded, exact=decoded == canonical, tanimoto=similarity
        ),
        predicted=said,
    )
