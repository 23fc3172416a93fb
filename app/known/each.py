"""The nearest molecules of libraries to each row of a bulk job."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from app.bulk.chunk import Chunk, Molecule
from app.bulk.schemas import NeighboursOperation
from app.known.library_rows import standardized
from app.known.search import merged
from chemvae.known.rows import means
from data.errors import Refusal


def nearest_of_each(
    operation: NeighboursOperation, chunk: Chunk, molecules: Sequence[Molecule]
) -> Iterator[dict[str, Any]]:
    """The rows of the result, by column; a row that has no latent to compare is refused."""
    found = standardized(chunk, molecules)
    model = chunk.model
    latents = means(model, model.latent_dim, [compound.smiles for _, compound in found])
    for (molecule, compound), latent in zip(found, latents, strict=True):
        is_known = not np.isnan(latent[0])
        if operation.space == "latent" and not is_known:
            message = f"the model has no latent of {compound.smiles}"
            chunk.refuse(molecule.row, Refusal("no_latent", message))
            continue
        nearest = merged(
            chunk.libraries,
            compound,
            latent if is_known else None,
            model.fingerprint,
            operation.k,
            operation.space,
        )
        for rank, (library, item) in enumerate(nearest, start=1):
            yield molecule.columns | {
                "rank": rank,
                "library": library,
                "neighbour": item.smiles,
                "neighbour_name": item.name,
                "latent_distance": item.latent_distance,
                "fingerprint_distance": item.fingerprint_distance,
            }
