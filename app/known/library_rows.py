"""What a bulk job of the kind ``library`` keeps of each row, and the index rows made of it."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from app.bulk.chunk import Chunk, Molecule
from app.bulk.packing import unpack
from chemvae.known.rows import Compound, KnownRows, means
from data.errors import MoleculeError, Refusal

COLUMNS = (("bits", pa.list_(pa.uint16())), ("latent", pa.list_(pa.float32())))
"""Bits of the fingerprint that are on; the latent, null where the model knows none."""


def standardized(chunk: Chunk, molecules: Sequence[Molecule]) -> list[tuple[Molecule, Compound]]:
    """The molecules in their standard form; those that have none are refused."""
    found = []
    for molecule in molecules:
        try:
            found.append((molecule, Compound.of(molecule.mol)))
        except MoleculeError as error:
            chunk.refuse(molecule.row, Refusal.from_error(error))
    return found


def library_rows(chunk: Chunk, molecules: Sequence[Molecule]) -> Iterator[dict[str, Any]]:
    """The rows of the result, by column."""
    found = standardized(chunk, molecules)
    smiles = [compound.smiles for _, compound in found]
    latents = means(chunk.model, chunk.model.latent_dim, smiles)
    for (molecule, compound), latent in zip(found, latents, strict=True):
        yield molecule.columns | {
            "smiles": compound.smiles,
            "inchi_key": compound.inchi_key,
            "bits": compound.bits,
            "latent": None if np.isnan(latent[0]) else latent,
        }


def known_rows(packed: bytes, latent_dim: int) -> KnownRows:
    """The rows of one packed chunk, for an index."""
    table = unpack(packed).combine_chunks()
    bits, latent = (table[name].combine_chunks() for name in ("bits", "latent"))
    latents = np.full((table.num_rows, latent_dim), np.nan, dtype=np.float32)
    known = latent.is_valid().to_numpy(zero_copy_only=False)
    latents[known] = latent.flatten().to_numpy().reshape(-1, latent_dim)
    return KnownRows(
        smiles=table["smiles"].to_pylist(),
        names=table["name"].to_pylist(),
        inchi_keys=table["inchi_key"].to_pylist(),
        bits=bits.flatten().to_numpy(),
        counts=bits.value_lengths().to_numpy().astype(np.uint16),
        latents=latents,
    )
