"""An index of known molecules, written as they come."""

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chemvae.checkpoints.training_index import key_hashes
from chemvae.known.bits import BLOCK, to_columns
from chemvae.known.files import DTYPES, write_header
from chemvae.known.latents import half_squares
from chemvae.known.rows import KnownRows
from chemvae.known.seen import Seen


def build_index(folder: Path, model: str, latent_dim: int, rows: Iterable[KnownRows]) -> int:
    """Write an index in place of what `folder` holds; how many molecules are in it.

    Of rows of one compound the first is kept. Memory does not grow with the molecules but for
    their hashes, 16 bytes each. Readers see the old index or the new one, none a part of it; the
    old one is moved away just before the new one takes its place.

    Args:
        folder: Where to.
        model: Fingerprint of the model whose latents these are.
        latent_dim: Its `d`.
        rows: The molecules, some thousands at a time.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    replaced = building.with_name(f"{building.name}.replaced")
    try:
        with ExitStack() as stack:
            writer = _Writer(building, stack)
            for part in rows:
                writer.add(part)
            number = writer.finish()
        write_header(building, model=model, latent_dim=latent_dim, num_molecules=number)
        if folder.exists():
            folder.rename(replaced)
        building.rename(folder)
        shutil.rmtree(replaced, ignore_errors=True)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return number


class _Writer:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._files = {name: stack.enter_context((folder / name).open("wb")) for name in DTYPES}
        self._seen = Seen()
        self._hashes: list[NDArray[np.uint64]] = []
        self._text_end = 0
        self._bits: list[NDArray[np.uint16]] = []
        self._counts: list[NDArray[np.uint16]] = []
        self._waiting = 0

    def add(self, rows: KnownRows) -> None:
        hashes = key_hashes(rows.inchi_keys)
        new = self._seen.add(hashes)
        self._hashes.append(hashes[new])
        latents = rows.latents[new]
        self._write("latents", latents)
        self._write("halves", half_squares(latents))
        self._write("counts", rows.counts[new])
        self._add_texts(rows, new)
        is_new = np.zeros(len(hashes), dtype=np.bool_)
        is_new[new] = True
        self._bits.append(rows.bits[np.repeat(is_new, rows.counts)])
        self._counts.append(rows.counts[new])
        self._waiting += len(new)
        while self._waiting >= BLOCK:
            self._write_block()

    def finish(self) -> int:
        if self._waiting:
            self._write_block()
        hashes = np.concatenate([np.empty(0, np.uint64), *self._hashes])
        order = np.argsort(hashes)
        self._write("hashes", hashes[order])
        self._write("places", order)
        return len(hashes)

    def _add_texts(self, rows: KnownRows, new: NDArray[np.int64]) -> None:
        # A tab or a line's end may stand in a name alone, which is the last.
        texts = [
            f"{rows.smiles[i]}\t{rows.inchi_keys[i]}\t{rows.names[i]}".encode(errors="replace")
            for i in new
        ]
        ends = self._text_end + np.cumsum([len(text) for text in texts], dtype=np.int64)
        self._files["texts"].write(b"".join(texts))
        self._write("ends", ends)
        self._text_end = int(ends[-1]) if len(ends) else self._text_end

    def _write_block(self) -> None:
        bits, counts = np.concatenate(self._bits), np.concatenate(self._counts)
        used = int(counts[:BLOCK].sum())
        self._write("columns", to_columns(bits[:used], counts[:BLOCK]))
        self._bits, self._counts = [bits[used:]], [counts[BLOCK:]]
        self._waiting = len(counts[BLOCK:])

    def _write(self, name: str, values: NDArray[np.generic]) -> None:
        self._files[name].write(np.ascontiguousarray(values, DTYPES[name]).data)
