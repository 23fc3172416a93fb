"""`chemvae library`, `neighbours` and `map`: a library of molecules in the latent space."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from torch import Tensor

from chemvae import checkpoints
from chemvae.cli.latent import Properties
from chemvae.cli.options import Device, Model, Seed, readable_errors
from chemvae.codec import MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.latent.coder import DEFAULT_PROPERTIES, described, encode_all
from chemvae.latent.library import LatentLibrary, RefusedRow, library_records
from chemvae.latent.maps import MapMethod, fit_map
from chemvae.latent.neighbours import Space
from chemvae.latent.neighbours import neighbours as nearest
from data.datasets import DATASETS
from data.molecules import canonical_smiles, parse, standardize

SHOWN = 10
"""Refused rows that are printed; `chemvae library` lists them all."""

Library = Annotated[
    str,
    typer.Option(help="A .smi, .csv or .sdf file, a folder written by library, or a data set."),
]
SmilesColumn = Annotated[str | None, typer.Option(help="Of a CSV file.")]


def library(
    source: Annotated[str, typer.Argument(help="A .smi, .csv or .sdf file, or a data set.")],
    output: Annotated[Path, typer.Option(file_okay=False, help="Folder to write.")],
    smiles_column: SmilesColumn = None,
    model: Model = "zinc250k",
    device: Device = "auto",
) -> None:
    """Encode a library once, for neighbours and map; rows left out are listed in refused.csv."""
    with readable_errors():
        codec = checkpoints.load(model, device)
        built, refused = LatentLibrary.build(
            codec, codec.fingerprint, library_records(source, smiles_column)
        )
        built.save(output)
        rows = (
            (r.record.line, r.record.smiles, r.refusal.code, r.refusal.message) for r in refused
        )
        _write_csv(output / "refused.csv", ("line", "smiles", "code", "message"), rows)
    typer.echo(f"wrote {output}: {len(built)} molecules; {len(refused)} rows left out")


def neighbours(
    smiles: Annotated[str, typer.Argument(help="The molecule asked about.")],
    library: Library,
    k: Annotated[int, typer.Option("-k", min=1, help="How many.")] = 10,
    space: Annotated[Space, typer.Option(help="Which distance ranks.")] = "latent",
    smiles_column: SmilesColumn = None,
    model: Model = "zinc250k",
    device: Device = "auto",
) -> None:
    """Print the molecules of a library nearest to one, a JSON line each, with both distances."""
    with readable_errors():
        codec = checkpoints.load(model, device)
        asked = canonical_smiles(standardize(parse(smiles)))  # as the library's molecules are
        (encoding,) = encode_all(codec, [asked])
        found = nearest(
            _load_library(codec, library, smiles_column), asked, encoding.mean, k, space
        )
    for item in found:
        answer = {
            "smiles": item.smiles,
            "name": item.name,
            "latent_distance": round(item.latent_distance, 6),
            "fingerprint_distance": round(item.fingerprint_distance, 6),
        }
        typer.echo(json.dumps(answer))


def map_library(
    library: Library,
    output: Annotated[Path, typer.Option(dir_okay=False, writable=True, help="CSV file to write.")],
    method: Annotated[MapMethod, typer.Option()] = "pca",
    project: Annotated[
        str | None, typer.Option(help="More molecules, placed on the library's map.")
    ] = None,
    properties: Properties = None,
    smiles_column: SmilesColumn = None,
    seed: Seed = 0,
    model: Model = "zinc250k",
    device: Device = "auto",
) -> None:
    """Write a 2-D map of a library as CSV, and print how much of the latent space it keeps."""
    names = properties or DEFAULT_PROPERTIES
    with readable_errors():
        codec = checkpoints.load(model, device)
        drawn = _load_library(codec, library, smiles_column)
        plane = fit_map(drawn.latents, method, seed)
        rows = _map_rows(drawn, plane.coordinates, "library", names)
        if project is not None:
            more = _load_library(codec, project, smiles_column)
            placed = plane.project(more.latents)
            rows = chain(rows, _map_rows(more, placed, "projected", names))
        _write_csv(output, ("smiles", "name", "set", "x", "y", *names), rows)
    summary = {
        "method": plane.method,
        "molecules": len(drawn),
        "explained_variance": plane.explained_variance,
        "trustworthiness": plane.trustworthiness,
    }
    typer.echo(json.dumps(summary, indent=1))


def _load_library(codec: MoleculeCodec, source: str, smiles_column: str | None) -> LatentLibrary:
    """A saved library, or a file encoded now; what is left out of it goes to stderr.

    Raises:
        ConfigError: Nothing of it can be encoded.
        CheckpointError: It is a saved library of another model, or a damaged one.
        data.errors.DatasetError: The file cannot be read.
    """
    if source not in DATASETS and Path(source).is_dir():
        saved = LatentLibrary.load(Path(source))
        saved.require_model(codec.fingerprint)
        return saved
    records = library_records(source, smiles_column)
    built, refused = LatentLibrary.build(codec, codec.fingerprint, records)
    _report(refused)
    if not len(built):
        raise ConfigError(f"the model can encode none of the molecules of {source}")
    return built


def _report(refused: Sequence[RefusedRow]) -> None:
    for row in refused[:SHOWN]:
        typer.echo(f"left out line {row.record.line}: {row.refusal.message}", err=True)
    if len(refused) > SHOWN:
        typer.echo(f"left out {len(refused) - SHOWN} more; chemvae library lists them", err=True)


def _map_rows(
    library: LatentLibrary, coordinates: Tensor, label: str, properties: Sequence[str]
) -> Iterator[tuple[str | float | None, ...]]:
    rows = zip(library.smiles, library.names, coordinates.tolist(), strict=True)
    for smiles, name, (x, y) in rows:
        values = described(parse(smiles), properties).values()
        yield smiles, name, label, x, y, *values


def _write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str | float | None]]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
