"""A library on a plane: PCA, or UMAP."""

import warnings
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import torch
from sklearn.decomposition import PCA  # type: ignore[import-untyped]
from sklearn.manifold import trustworthiness  # type: ignore[import-untyped]
from torch import Tensor

from chemvae.errors import ConfigError, ShapeError
from chemvae.seeds import low_bits

MapMethod = Literal["pca", "umap"]

MIN_MOLECULES = 4
"""UMAP's first layout, an eigenproblem, has no solution for fewer."""

NUM_NEIGHBOURS = 15
"""UMAP's own default: how many molecules count as the surroundings of one."""

JUDGED = 2_000
"""Molecules that the trustworthiness is computed on: its cost is quadratic."""

JUDGED_NEIGHBOURS = 5
"""scikit-learn's default."""


class Projection(Protocol):
    """What scikit-learn calls a transformer."""

    def fit_transform(self, latents: Any, /) -> Any:  # noqa: ANN401
        """`n x 2` of `n x d`."""

    def transform(self, latents: Any, /) -> Any:  # noqa: ANN401
        """`n x 2` of `n x d` that need not be those fitted."""


@dataclass(frozen=True, slots=True)
class LatentMap:
    """A library's coordinates, how far to believe them, and the projection that made them."""

    method: MapMethod
    coordinates: Tensor
    """`n x 2`, float32."""
    explained_variance: tuple[float, float] | None
    """Share of the latents' variance along each axis. `None` for UMAP, which keeps neighbourhoods
    and no variance: neither the axes nor the distances between far groups mean anything."""
    trustworthiness: float
    """0 to 1: whether the nearest molecules on the map are near in the latent space too (Venna and
    Kaski, ICANN 2001), 5 neighbours, at most `JUDGED` molecules."""
    latent_dim: int
    """`d`."""
    projection: Projection
    """The fitted PCA or UMAP."""

    def project(self, latents: Tensor) -> Tensor:
        """`n x 2` coordinates of other latents (`n x d`) on this map.

        PCA places each by itself. UMAP pulls each towards its neighbours in the library, even one
        that is in it, and its result depends a little on the batch; the same batch gives the same.

        Raises:
            ShapeError: They have not the `d` of the map.
        """
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ShapeError(
                f"latents of shape {tuple(latents.shape)} on a map of (n, {self.latent_dim})"
            )
        if not len(latents):
            return torch.empty(0, 2)
        return _plane(self.projection.transform(latents.cpu().numpy()))


def fit_map(latents: Tensor, method: MapMethod = "pca", seed: int = 0) -> LatentMap:
    """The map of `n x d` latents; the same latents, method and seed give the same map.

    PCA shows the plane of the largest variance; a distance on it is never larger than in the
    latent space. UMAP (McInnes, Healy and Melville, arXiv:1802.03426, 2018) keeps who is near whom.

    Raises:
        ConfigError: No such method, or UMAP is not installed.
        ShapeError: Fewer than `MIN_MOLECULES` latents, or of fewer than 2 dimensions.
    """
    if latents.ndim != 2 or len(latents) < MIN_MOLECULES or latents.shape[1] < 2:
        raise ShapeError(
            f"latents of shape {tuple(latents.shape)}; a map needs at least {MIN_MOLECULES} x 2"
        )
    projection = _projection(method, len(latents), seed)
    rows = latents.cpu().numpy()
    coordinates = _plane(projection.fit_transform(rows))
    return LatentMap(
        method,
        coordinates,
        _explained_variance(projection),
        _trustworthiness(rows, coordinates.numpy(), seed),
        latents.shape[1],
        projection,
    )


def _projection(method: MapMethod, molecules: int, seed: int) -> Projection:
    if method == "pca":
        # From the covariance, d x d: exact, without a seed, and cheap for millions of rows.
        pca: Projection = PCA(n_components=2, svd_solver="covariance_eigh")
        return pca
    if method == "umap":
        return _umap(min(NUM_NEIGHBOURS, molecules - 1), seed)
    raise ConfigError(f"no map {method!r}; use pca or umap")


def _explained_variance(projection: Projection) -> tuple[float, float] | None:
    ratios = getattr(projection, "explained_variance_ratio_", None)
    return None if ratios is None else (float(ratios[0]), float(ratios[1]))


def _umap(num_neighbours: int, seed: int) -> Projection:
    """UMAP as its authors set it, on one thread, without which a seed decides nothing."""
    try:
        with warnings.catch_warnings():
            # It says that its TensorFlow variant, which nobody asked for, is not there.
            warnings.simplefilter("ignore", ImportWarning)
            from umap import UMAP  # type: ignore[import-untyped]  # slow: numba compiles
    except ImportError as error:
        raise ConfigError(
            "UMAP is not installed: pip install 'molwright[map]', or use the method pca"
        ) from error
    projection: Projection = UMAP(n_neighbors=num_neighbours, random_state=low_bits(seed), n_jobs=1)
    return projection


def _plane(rows: Any) -> Tensor:  # noqa: ANN401
    return torch.from_numpy(rows).float()


def _trustworthiness(latents: Any, coordinates: Any, seed: int) -> float:  # noqa: ANN401
    chosen = np.random.default_rng(seed).permutation(len(latents))[:JUDGED]
    # It is defined for fewer neighbours than half the molecules.
    count = min(JUDGED_NEIGHBOURS, (len(chosen) - 1) // 2)
    return float(trustworthiness(latents[chosen], coordinates[chosen], n_neighbors=count))
