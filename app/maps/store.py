"""The maps of one host: each made when it is first asked for, and kept in a file."""

import threading
from pathlib import Path

import torch

from app.maps.kept import KeptMap
from app.maps.sources import Source
from app.models.serial import SerialModel
from chemvae.latent.maps import fit_map

IN_MEMORY = 4
"""Maps held at a time; one of 100,000 molecules in 64 dimensions takes 28 MB."""


class MapStore:
    """Maps by model and source; threads may share it, and processes the files.

    Args:
        folder: Where the files are; no backup needs them, as they can be made again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[Path, KeptMap] = {}
        self._lock = threading.Lock()

    def get(self, source: Source, model: SerialModel) -> KeptMap:
        """The map of a source in the latent space of a model.

        Raises:
            chemvae.errors.CheckpointError: its file is damaged.
            chemvae.errors.ShapeError: too few molecules for a map.
        """
        path = self._folder / model.fingerprint[:16] / f"{source.name}.safetensors"
        with self._lock:
            if path not in self._held:
                if not path.is_file():
                    _made(source, model).save(path)
                self._held[path] = KeptMap.load(path)
                while len(self._held) > IN_MEMORY:
                    del self._held[next(iter(self._held))]
            return self._held[path]


def _made(source: Source, model: SerialModel) -> KeptMap:
    latents = source.latents()
    with torch.no_grad():
        values = model.predict(latents)
    return KeptMap.of(latents, fit_map(latents, "pca"), model.properties, values)
