"""The way from one molecule to another through the latent space."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from rdkit import Chem
from torch import Tensor
from torch.nn.functional import normalize

from chemvae.errors import ConfigError, ShapeError
from chemvae.latent.coder import Coder, Molecule, described
from data.fingerprints import morgan, tanimoto
from data.molecules import parse

Method = Literal["linear", "spherical"]


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the way and what the decoder makes of it."""

    fraction: float
    """0 at the start, 1 at the end."""
    latent: Tensor
    """`d`."""
    smiles: str | None
    """Canonical SMILES; `None` where the decode is no molecule, as are the similarities."""
    raw: str
    """The decoder's string itself."""
    similarity_to_start: float | None
    """Tanimoto similarity of the Morgan fingerprints, 0 to 1."""
    similarity_to_end: float | None
    properties: dict[str, float | None]
    """In their units; empty where the decode is no molecule."""


def interpolate(
    coder: Coder,
    start: tuple[str, Tensor],
    end: tuple[str, Tensor],
    *,
    num_steps: int = 8,
    method: Method = "linear",
    properties: Sequence[str] = (),
) -> list[Step]:
    """The decoded way from `start` to `end`, both among its `num_steps` points.

    The first and the last point are decoded like any other: they show what the model makes of
    the ends, which need not be the ends themselves.

    Args:
        coder: The model.
        start: A SMILES and its latent (`d`), usually its posterior mean.
        end: The same.
        num_steps: Points of the way, 2 or more.
        method: See `path`.
        properties: Names of the properties to compute.

    Raises:
        ConfigError: Fewer than 2 points, or no such method.
        ShapeError: The latents are not both of shape `d`.
        data.errors.MoleculeError: A SMILES does not parse.
        data.errors.PropertyError: There is no property of that name.
    """
    latents = path(start[1], end[1], num_steps, method)
    ends = (parse(start[0]), parse(end[0]))
    fractions = torch.linspace(0, 1, num_steps).tolist()
    return [
        _step(fraction, latent, decoded, ends, properties)
        for fraction, latent, decoded in zip(fractions, latents, coder.decode(latents), strict=True)
    ]


def path(start: Tensor, end: Tensor, num_steps: int, method: Method) -> Tensor:
    """`num_steps x d` latents from `start` to `end` (`d` each), both included.

    `linear` is the straight line. `spherical` turns the direction at constant speed in the plane
    of both ends, `slerp(p, q; s) = (sin((1 - s) w) p + sin(s w) q) / sin(w)` for unit vectors
    `p`, `q` at the angle `w` (Shoemake, SIGGRAPH 1985, doi:10.1145/325334.325242), and takes the
    norm linearly from one end's to the other's. A straight line between two draws of a Gaussian in
    many dimensions passes through norms that the Gaussian hardly ever has; the arc does not
    (White, arXiv:1609.04468, 2016).

    Raises:
        ConfigError: Fewer than 2 points, or no such method.
        ShapeError: The latents are not both of shape `d`.
    """
    if num_steps < 2:
        raise ConfigError(f"{num_steps} steps; a way has at least its two ends")
    if start.ndim != 1 or start.shape != end.shape:
        raise ShapeError(
            f"ends of shape {tuple(start.shape)} and {tuple(end.shape)}; expected (d,) twice"
        )
    # In float64: the angle between nearly parallel ends would lose its digits.
    p, q = start.double(), end.double()
    fractions = torch.linspace(0, 1, num_steps, dtype=p.dtype, device=p.device).unsqueeze(-1)
    if method == "linear":
        points = torch.lerp(p, q, fractions)
    elif method == "spherical":
        points = _arc(p, q, fractions)
    else:
        raise ConfigError(f"no interpolation {method!r}; use linear or spherical")
    return torch.cat([start[None], points[1:-1].to(start.dtype), end[None].to(start.dtype)])


def _arc(p: Tensor, q: Tensor, fractions: Tensor) -> Tensor:
    """Shoemake's slerp as `cos(s w) u + sin(s w) v`, `v` the unit vector across `u` towards `q`.

    The same curve, but for equal ends, where `sin(w) = 0`, without a division. Opposite ends have
    many great circles through them: the one towards the axis that is most across is taken.
    """
    norms = torch.lerp(p.norm(), q.norm(), fractions)
    tiny = torch.finfo(p.dtype).tiny
    u, towards = normalize(p, dim=0, eps=tiny), normalize(q, dim=0, eps=tiny)
    if not u.any():  # the origin has no direction: keep that of the other end
        u = towards
    cosine = u @ towards
    across = towards - cosine * u
    angle = torch.atan2(across.norm(), cosine)
    if across.norm() < 1e-12:
        axis = torch.zeros_like(u).index_fill(0, u.abs().argmin(), 1.0)
        across = axis - (axis @ u) * u
    v = normalize(across, dim=0)
    return norms * (torch.cos(fractions * angle) * u + torch.sin(fractions * angle) * v)


def _step(
    fraction: float,
    latent: Tensor,
    decoded: Molecule,
    ends: tuple[Chem.Mol, Chem.Mol],
    properties: Sequence[str],
) -> Step:
    if decoded.smiles is None:
        return Step(fraction, latent, None, decoded.raw, None, None, {})
    mol = parse(decoded.smiles)
    to_start, to_end = (tanimoto(morgan(mol), morgan(end)) for end in ends)
    return Step(
        fraction,
        latent,
        decoded.smiles,
        decoded.raw,
        to_start,
        to_end,
        described(mol, properties),
    )
