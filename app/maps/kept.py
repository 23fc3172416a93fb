"""A map as it is kept: coordinates, what they are coloured by, and how to place others on it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from chemvae.errors import CheckpointError
from chemvae.latent.maps import LatentMap

Polygon = NDArray[np.float64]
"""`k x 2` corners."""


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
    origin: Tensor
    """`d`: what lies at (0, 0)."""
    axes: Tensor
    """`2 x d`, orthonormal: the directions of the plane."""
    explained_variance: tuple[float, float]
    """Share of the latents' variance along each axis."""
    trustworthiness: float
    """See `LatentMap`."""

    def __len__(self) -> int:
        return len(self.coordinates)

    @classmethod
    def of(
        cls, latents: Tensor, plane: LatentMap, properties: tuple[str, ...], values: Tensor
    ) -> Self:
        """From a plane that was fitted by PCA to ``latents`` (`n x d`)."""
        if plane.explained_variance is None:
            raise ValueError(f"a map by {plane.method} places no others")
        pca = plane.projection
        origin, axes = (torch.from_numpy(np.asarray(part)) for part in (pca.mean_, pca.components_))  # type: ignore[attr-defined]
        return cls(
            latents.float(),
            plane.coordinates,
            values.float(),
            properties,
            origin.float(),
            axes.float(),
            plane.explained_variance,
            plane.trustworthiness,
        )

    def place(self, latents: Tensor) -> Tensor:
        """`k x 2` coordinates of other latents (`k x d`)."""
        return (latents - self.origin) @ self.axes.T

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
            low, high = told["explained_variance"]
            return cls(
                **tensors,
                properties=tuple(told["properties"]),
                explained_variance=(low, high),
                trustworthiness=told["trustworthiness"],
            )
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise CheckpointError(f"{path} is no map; remove it: {error}") from error


_TENSORS = ("latents", "coordinates", "values", "origin", "axes")
