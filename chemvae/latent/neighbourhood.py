"""What a radius around a molecule means on one model: similarity and validity, measured.

A radius counts posterior standard deviations: `latent = mean + radius * sd * noise`, the noise
standard normal, one number a dimension.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, quantiles
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chemvae.codec import Encoding, MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.latent.coder import Posterior
from data.fingerprints import morgan, tanimoto
from data.molecules import parse

RADII = (0.0, 0.25, 0.5, 1.0, 2.0)
"""0 is the mean itself: what similarity the decoder alone costs."""


def latents_around(
    posteriors: Sequence[Posterior], scaled_radius: float, count: int, generator: torch.Generator
) -> Tensor:
    """`count` latents around each of `b` molecules, `b x count x d`.

    Args:
        posteriors: What the encoder says of the molecules, one at least.
        scaled_radius: Posterior standard deviations; 0 gives the means.
        count: Latents of each molecule.
        generator: Draws the noise.

    Raises:
        ConfigError: A radius that is negative or not finite.
    """
    _require_radii([scaled_radius])
    means = torch.stack([posterior.mean for posterior in posteriors])
    sds = torch.stack([(0.5 * posterior.log_variance).exp() for posterior in posteriors])
    noise = torch.randn(len(posteriors), count, means.shape[1], generator=generator)
    return means[:, None] + scaled_radius * sds[:, None] * noise


def neighbourhood_report(
    codec: MoleculeCodec,
    test: Sequence[str],
    *,
    radii: Sequence[float] = RADII,
    molecules: int = 200,
    samples: int = 10,
    seed: int = 0,
) -> dict[str, Any]:
    """Greedy decodes of latents drawn around test molecules, for each radius.

    `similarity` is the mean Tanimoto similarity (Morgan fingerprints) to the molecule drawn
    around, over the valid masked decodes, and `similarity_deciles` are its first, fifth and ninth;
    both are null where no decode is valid. `identical` is the share of all masked decodes that are
    the molecule itself. `validity` is the share of decodes that are molecules, raw and masked.

    Every radius scales the same noise, so that radii differ by nothing else.

    Args:
        codec: The model.
        test: Canonical isomeric SMILES; those it cannot encode are left out.
        radii: Posterior standard deviations, each 0 or more.
        molecules: How many of `test` to draw around, chosen at random.
        samples: Latents drawn around each.
        seed: Chooses the molecules and draws the latents.

    Raises:
        ConfigError: A radius or a count out of range, or no molecule that can be encoded.
    """
    _require_radii(radii)
    if min(molecules, samples) < 1:
        raise ConfigError(f"{molecules} molecules x {samples} samples; each must be 1 or more")
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(test), generator=generator)[:molecules].tolist()
    starts, means, sds = _encoded(codec, [test[i] for i in chosen])
    starts = [line for line in starts for _ in range(samples)]
    means, sds = (part.repeat_interleave(samples, dim=0) for part in (means, sds))
    noise = torch.randn(means.shape, generator=generator)
    return {
        "molecules": len(starts) // samples,
        "samples": samples,
        "temperature": 0.0,
        "seed": seed,
        "radii": [
            {"radius": radius, **_measure(codec, starts, means + radius * sds * noise)}
            for radius in sorted(radii)
        ],
    }


def expected_similarity(card: Mapping[str, Any], radius: float) -> float | None:
    """Mean Tanimoto similarity to expect at `radius`, linear between the radii measured.

    Args:
        card: A model card, which holds a `neighbourhood_report` as `neighbourhood`.
        radius: Posterior standard deviations.

    Returns:
        `None` outside the radii measured, or where the card has no such report.
    """
    return _at(radius, [(row["radius"], row["similarity"]) for row in calibrated_radii(card)])


def expected_validity(card: Mapping[str, Any], radius: float) -> float | None:
    """Share of masked decodes that are molecules at `radius`; as `expected_similarity`."""
    return _at(
        radius,
        [
            (row["radius"], (row.get("validity") or {}).get("masked"))
            for row in calibrated_radii(card)
        ],
    )


def calibrated_radii(card: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What a card's `neighbourhood_report` says of each radius, ascending; none without one."""
    rows: Sequence[Mapping[str, Any]] = (card.get("neighbourhood") or {}).get("radii", ())
    return rows


def _at(radius: float, points: Sequence[tuple[float, float | None]]) -> float | None:
    measured = [(at, value) for at, value in points if value is not None]
    if not measured or not measured[0][0] <= radius <= measured[-1][0]:
        return None
    radii, values = zip(*measured, strict=True)
    return float(np.interp(radius, radii, values))


def _require_radii(radii: Sequence[float]) -> None:
    if not radii or any(not 0 <= radius < math.inf for radius in radii):
        raise ConfigError(f"radii are {list(radii)}; each must be a number of 0 or more")


def _encoded(codec: MoleculeCodec, smiles: Sequence[str]) -> tuple[list[str], Tensor, Tensor]:
    """The molecules that can be encoded, their means and standard deviations (`b x d` each)."""
    known = [
        (line, encoding)
        for line, encoding in zip(smiles, codec.encode(smiles), strict=True)
        if isinstance(encoding, Encoding)
    ]
    if not known:
        raise ConfigError(
            f"the model can encode none of the {len(smiles)} molecules to draw around"
        )
    means = torch.stack([encoding.mean for _, encoding in known])
    log_variances = torch.stack([encoding.log_variance for _, encoding in known])
    return [line for line, _ in known], means, (0.5 * log_variances).exp()


def _measure(codec: MoleculeCodec, starts: Sequence[str], latents: Tensor) -> dict[str, Any]:
    raw = codec.decode(latents, constrained=False)
    masked = [item.smiles for item in codec.decode(latents)]
    pairs = [
        (start, found) for start, found in zip(starts, masked, strict=True) if found is not None
    ]
    similarities = [tanimoto(morgan(parse(a)), morgan(parse(b))) for a, b in pairs]
    deciles = quantiles(similarities, n=10, method="inclusive") if len(pairs) > 1 else None
    return {
        "similarity": fmean(similarities) if similarities else None,
        "similarity_deciles": [deciles[i] for i in (0, 4, 8)] if deciles else None,
        "identical": sum(start == found for start, found in pairs) / len(starts),
        "validity": {
            "raw": sum(item.smiles is not None for item in raw) / len(starts),
            "masked": len(pairs) / len(starts),
        },
    }
