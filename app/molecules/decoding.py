"""Latents to molecules that parse; a latent that cannot be used fails alone."""

from collections.abc import Sequence

import torch
from torch import Tensor

from app.models.serial import SerialModel
from app.molecules.labels import require_told
from app.molecules.schemas.decode import DecodedItem, DecodedMolecule, DecodeRequest
from app.molecules.schemas.fields import FailedItem
from app.schemas import ItemError
from chemvae.several import Found, Search, Several, decode_several


def decode(model: SerialModel, request: DecodeRequest, seed: int) -> list[DecodedItem | FailedItem]:
    """One item for each latent, in order, with up to ``num_molecules`` distinct molecules.

    Raises:
        InvalidRequestError: the decoder cannot be told a label.
    """
    require_told(model, request.labels)
    rows = [_check(row, model.latent_dim) for row in request.latents]
    good = [row for row in rows if isinstance(row, Tensor)]
    latents = torch.stack(good) if good else torch.empty(0, model.latent_dim)
    search = Search(
        request.num_molecules,
        request.temperature,
        request.constrained,
        request.top_k,
        request.top_p,
        request.beam_width,
        request.labels,
    )
    found = iter(decode_several(model, latents, search, torch.Generator().manual_seed(seed)))
    return [
        _item(next(found)) if isinstance(row, Tensor) else FailedItem(error=row) for row in rows
    ]


def _check(row: Sequence[float], latent_dim: int) -> Tensor | ItemError:
    if len(row) != latent_dim:
        return ItemError(
            code="wrong_length",
            message=f"the latent has {len(row)} numbers; this model's have {latent_dim}",
        )
    latent = torch.tensor(row, dtype=torch.float32)
    finite = torch.isfinite(latent)
    if not bool(finite.all()):
        position = int((~finite).nonzero()[0])
        return ItemError(
            code="not_finite",
            message=f"number {position} (counted from 0) is {row[position]}, not a finite float32",
        )
    return latent


def _item(several: Several) -> DecodedItem:
    return DecodedItem(
        molecules=[_molecule(found) for found in several.molecules],
        num_attempts=several.num_attempts,
        num_invalid=several.num_invalid,
    )


def _molecule(found: Found) -> DecodedMolecule:
    return DecodedMolecule.model_validate(found, from_attributes=True)
