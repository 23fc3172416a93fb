"""What is computed of the rows of one chunk. Knows neither the database nor the queue."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from app.bulk.chunk import Chunk, Molecule
from app.bulk.rows import Refused, SourceRow
from app.bulk.samples import samples_around
from app.bulk.schemas import (
    EncodeOperation,
    LibraryOperation,
    NeighboursOperation,
    Operation,
    ScoreOperation,
)
from app.known import library_rows
from app.known.each import nearest_of_each
from bayesopt.latent_model import LatentModel
from chemvae.latent.coder import described
from chemvae.latent.library import LatentLibrary
from chemvae.latent.neighbours import neighbours
from data.readers import Format, Record

MOLECULE = (
    ("line", pa.int64()),
    ("name", pa.string()),
    ("smiles", pa.string()),
    ("inchi_key", pa.string()),
)
NEIGHBOUR = (
    ("rank", pa.int32()),
    ("neighbour", pa.string()),
    ("latent_distance", pa.float64()),
    ("fingerprint_distance", pa.float64()),
)
KNOWN = (
    ("rank", pa.int32()),
    ("library", pa.string()),
    ("neighbour", pa.string()),
    ("neighbour_name", pa.string()),
    ("latent_distance", pa.float64()),
    ("fingerprint_distance", pa.float64()),
)
AROUND = (("start", pa.string()), ("frequency", pa.int32()), ("similarity", pa.float64()))


def result_schema(operation: Operation) -> pa.Schema:
    """The columns of an operation's result."""
    if isinstance(operation, EncodeOperation):
        return pa.schema([*MOLECULE, ("latent", pa.list_(pa.float32()))])
    if isinstance(operation, LibraryOperation):
        return pa.schema([*MOLECULE, *library_rows.COLUMNS])
    if isinstance(operation, NeighboursOperation):
        return pa.schema([*MOLECULE, *(KNOWN if operation.libraries else NEIGHBOUR)])
    properties = [(name, pa.float64()) for name in dict.fromkeys(operation.properties)]
    if isinstance(operation, ScoreOperation):
        return pa.schema([*MOLECULE, *properties])
    return pa.schema([*MOLECULE, *(AROUND if operation.around == "library" else ()), *properties])


def compute(
    operation: Operation, chunk: Chunk, rows: Iterable[SourceRow], file_format: Format
) -> Iterator[dict[str, Any]]:
    """The rows of the result, by column; what is refused is in ``chunk`` at the end."""
    molecules = list(chunk.molecules(rows, file_format))
    if isinstance(operation, EncodeOperation):
        for molecule, encoding in chunk.encoded(molecules):
            yield molecule.columns | {"latent": encoding.mean.tolist()}
    elif isinstance(operation, LibraryOperation):
        yield from library_rows.library_rows(chunk, molecules)
    elif isinstance(operation, ScoreOperation):
        for molecule in molecules:
            yield molecule.columns | described(molecule.mol, operation.properties)
    elif isinstance(operation, NeighboursOperation):
        search = nearest_of_each if operation.libraries else _neighbours
        yield from search(operation, chunk, molecules)
    else:
        yield from samples_around(operation, chunk, molecules)


def build_references(
    model: LatentModel, smiles: Sequence[str]
) -> tuple[LatentLibrary, list[Refused]]:
    """The references of ``neighbours``, each once, and those that cannot be used.

    Of these the line is the place in ``smiles``, from 0.
    """
    records = [Record(place, text, "") for place, text in enumerate(smiles)]
    library, refused = LatentLibrary.build(model, model.fingerprint, records)
    return library, [
        Refused(SourceRow(item.record.line, "", item.record.smiles), item.refusal)
        for item in refused
        if item.refusal.code != "duplicate"
    ]


def _neighbours(
    operation: NeighboursOperation, chunk: Chunk, molecules: Sequence[Molecule]
) -> Iterator[dict[str, Any]]:
    references = chunk.references
    if references is None:
        raise ValueError("there are no references to look among")
    for molecule, encoding in chunk.encoded(molecules):
        found = neighbours(references, molecule.smiles, encoding.mean, operation.k, operation.space)
        for rank, item in enumerate(found, start=1):
            yield molecule.columns | {
                "rank": rank,
                "neighbour": item.smiles,
                "latent_distance": item.latent_distance,
                "fingerprint_distance": item.fingerprint_distance,
            }
