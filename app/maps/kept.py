"""A map as it is kept: coordinates, what they are coloured by, and how to place others on it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from chemvae.errors import CheckpointError
from chemvae.latent.maps import LatentMap, MapMethod

Polygon = NDArray[np.float64]
"""`k x 2` corners."""

NEAREST = 5
"""Molecules of a map by UMAP that say where another one lies."""

PLACED_AT_ONCE = 256
"""Of the distances to all of the map."""

EXACT = "donot_use_mm_for_euclid_dist"
"""By a matrix product, a molecule that is on the map would be some distance from itself."""


@dataclass(frozen=True, slots=True)
class KeptMap:
    """`n` places of the latent space on a plane."""

    latents: Tensor
    """`n x d`, float32."""
    coordinates: Tensor
    """`n x 2`, float32."""
    values: Tensor
    """`n x p`, float32: what the model's heads predict at each, in the properties' units."""
    properties: tuple[str, ...]
    """Names of these."""
    method: MapMethod
    origin: Tensor
    """`d`: what lies at (0, 0) of PCA's plane."""
    axes: Tensor
    """`2 x d`, orthonormal: the directions of PCA's plane; `0 x d` of UMAP, which has none."""
    explained_variance: tuple[float, float] | None
    """Share of the latents' variance along each axis; None of UMAP, which keeps none."""
    trustworthiness: float
    """See `LatentMap`."""

    def __len__(self) -> int:
        return len(self.coordinates)

    @classmethod
    def of(
        cls, latents: Tensor, plane: LatentMap, properties: tuple[str, ...], values: Tensor
    ) -> Self:
        """From a plane that was fitted to ``latents`` (`n x d`)."""
        dimensions = latents.shape[1]
        origin, axes = torch.zeros(dimensions), torch.empty(0, dimensions)
        if plane.method == "pca":
            pca: Any = plane.projection
            origin, axes = (
                torch.from_numpy(np.asarray(part)).float() for part in (pca.mean_, pca.components_)
            )
        return cls(
            latents.float(),
            plane.coordinates,
            values.float(),
            properties,
            plane.method,
            origin,
            axes,
            plane.explained_variance,
            plane.trustworthiness,
        )

    def place(self, latents: Tensor) -> Tensor:
        """`k x 2` coordinates of other latents (`k x d`).

        By UMAP among those of the `NEAREST` of the map, the nearer the closer: its own way goes on
        from there (McInnes, Healy and Melville, arXiv:1802.03426, 2018), and needs what it was
        fitted with.
        """
        if self.method == "pca":
            return (latents - self.origin) @ self.axes.T
        return torch.cat([self._among(part) for part in torch.split(latents, PLACED_AT_ONCE)])

    def _among(self, latents: Tensor) -> Tensor:
        number = min(NEAREST, len(self))
        distances, rows = torch.cdist(latents, self.latents, compute_mode=EXACT).topk(
            number, largest=False
        )
        # One that is on the map has all the weight there is.
        weights = 1 / distances.clamp(min=1e-6)
        weights /= weights.sum(1, keepdim=True)
        return (weights[..., None] * self.coordinates[rows]).sum(1)

    def inside(self, polygon: Polygon) -> NDArray[np.int64]:
        """Rows of the places within a polygon, by the even-odd rule."""
        x, y = self.coordinates.numpy().astype(np.float64).T
        is_inside = np.zeros(len(self), dtype=bool)
        for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y1 == y2:
                continue
            crosses = (y1 > y) != (y2 > y)
            is_inside ^= crosses & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
        return np.flatnonzero(is_inside)

    def points(self) -> bytes:
        """Little-endian float32 by column: x, y, then each property."""
        columns = torch.cat([self.coordinates, self.values], dim=1).T
        return columns.numpy().astype("<f4").tobytes()

    def save(self, path: Path) -> None:
        """Write it in one file, which is there as a whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "properties": self.properties,
            "method": self.method,
            "explained_variance": self.explained_variance,
            "trustworthiness": self.trustworthiness,
        }
        draft = path.with_suffix(".tmp")
        tensors = {name: getattr(self, name).contiguous() for name in _TENSORS}
        save_file(tensors, draft, metadata={"map": json.dumps(told)})
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """What ``save`` wrote; nothing of it is executed.

        Raises:
            CheckpointError: it is damaged.
        """
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in _TENSORS}
                told = json.loads((file.metadata() or {})["map"])
            method: MapMethod = told.get("method", "pca")
            variance = told["explained_variance"]
            return cls(
                **tensors,
                properties=tuple(told["properties"]),
                method=method,
                explained_variance=None if variance is None else (variance[0], variance[1]),
                trustworthiness=told["trustworthiness"],
            )
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise CheckpointError(f"{path} is no map; remove it: {error}") from error


_TENSORS = ("latents", "coordinates", "values", "origin", "axes")
