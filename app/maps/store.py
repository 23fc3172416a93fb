"""The maps of one host: each made when it is first asked for, and kept in a file."""

import threading
from pathlib import Path

import torch
from filelock import FileLock

from app.maps.kept import KeptMap
from app.maps.sources import Source
from app.models.serial import SerialModel
from chemvae.latent.maps import MapMethod, fit_map

IN_MEMORY = 4
"""Maps held at a time; one of 100,000 molecules in 64 dimensions takes 28 MB."""

MOST_BY_UMAP = 5_000
"""Molecules of a map by UMAP, whose first reader waits for it; PCA takes as many as there are."""


class MapStore:
    """Maps by model and source; threads may share it, and processes the files.

    Args:
        folder: Where the files are; no backup needs them, as they can be made again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[Path, KeptMap] = {}
        self._lock = threading.Lock()

    def get(self, source: Source, model: SerialModel, method: MapMethod = "pca") -> KeptMap:
        """The map of a source in the latent space of a model.

        Raises:
            chemvae.errors.ConfigError: UMAP is not installed.
            chemvae.errors.CheckpointError: its file is damaged.
            chemvae.errors.ShapeError: too few molecules for a map.
        """
        path = source.kept_in(self._folder)
        if method != "pca":
            path = path.with_stem(f"{path.stem}-{method}")
        kept = self._held.get(path)
        if kept is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Others of this host may want the same, and should not make it as well.
            with FileLock(path.with_suffix(".lock")):
                if not path.is_file():
                    _made(source, model, method).save(path)
            kept = KeptMap.load(path)
            self._hold(path, kept)
        return kept

    def _hold(self, path: Path, kept: KeptMap) -> None:
        with self._lock:
            self._held[path] = kept
            while len(self._held) > IN_MEMORY:
                del self._held[next(iter(self._held))]


def _made(source: Source, model: SerialModel, method: MapMethod) -> KeptMap:
    latents = source.latents()
    if method == "umap":
        # Their order is random, so the first are as good as any.
        latents = latents[:MOST_BY_UMAP]
    with torch.no_grad():
        values = model.predict(latents)
    return KeptMap.of(latents, fit_map(latents, method), model.properties, values)
