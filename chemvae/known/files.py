"""The files of an index of known molecules: plain arrays, mapped into memory, and one of JSON.

`index.json`      format, model, `n`, `d`
`columns`         `blocks x NUM_BITS x WORDS` words: fingerprints, bit by bit
`counts`          `n` x 2 bytes: bits of each fingerprint
`latents`         `n x d` float32
`halves`          `n` float32: half of each latent's squared length
`hashes`, `places`  `n` hashed InChIKeys, ascending, and the rows they are of
`texts`, `ends`   SMILES, InChIKey and name of each row, and where each row ends

Numbers are little-endian. Nothing in them is executed, and processes that read them share the
memory that they are mapped to.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemvae.errors import CheckpointError

FORMAT = 1
INDEX = "index.json"
DTYPES = {
    "columns": "<u8",
    "counts": "<u2",
    "latents": "<f4",
    "halves": "<f4",
    "hashes": "<u8",
    "places": "<u4",
    "texts": "u1",
    "ends": "<i8",
}


def map_array(folder: Path, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array in a file, mapped to read; raises CheckpointError where its size is another."""
    path, dtype = folder / name, np.dtype(DTYPES[name])
    size = int(np.prod(shape)) * dtype.itemsize
    try:
        found = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{folder} is no index of molecules: {error}") from error
    if found != size:
        raise CheckpointError(f"{path} has {found} bytes, and not {size}: build the index again")
    if not size:  # nothing can be mapped to no bytes
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", shape=shape)


def read_header(folder: Path) -> dict[str, Any]:
    """`index.json`; raises CheckpointError where it cannot be read or has another format."""
    try:
        header = json.loads((folder / INDEX).read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder} is no index of molecules: {error}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(f"{folder} is an index of another version: build it again")
    return header


def write_header(folder: Path, **members: object) -> None:
    """Write `index.json`, which makes the folder an index."""
    (folder / INDEX).write_text(json.dumps({"format": FORMAT, **members}) + "\n")
