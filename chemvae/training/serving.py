"""`served_prior`: the prior that a trained network is served with."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor

from chemvae.checkpoints import TrainingIndex
from chemvae.codec import Encoding, MoleculeCodec
from chemvae.config import TrainConfig
from chemvae.errors import ConfigError
from chemvae.priors import ExemplarMixture, Prior, StandardNormal
from chemvae.priors.fitting import fit_prior
from chemvae.priors.likeness import by_weight, log_ratio

CHUNK = 20_000
"""Molecules encoded at a time: an `Encoding` takes several times the room of its numbers."""


class Posteriors(NamedTuple):
    """Of the molecules that could be encoded."""

    smiles: list[str]
    means: Tensor
    """`n x d`."""
    log_variances: Tensor
    """`n x d`."""


def served_prior(
    codec: MoleculeCodec,
    smiles: Sequence[str],
    config: TrainConfig,
    synthetic: Sequence[str] = (),
    index: TrainingIndex | None = None,
) -> Prior:
    """The prior learned with the network, or one fitted to its posteriors of the molecules.

    Args:
        codec: The network.
        smiles: The training molecules that it can encode.
        config: Which prior, and how.
        synthetic: Molecules from which a prior of exemplars takes those most like the training
            molecules, and none of these; none: its exemplars are training molecules.
        index: The training compounds.

    Raises:
        ConfigError: None of the molecules can be encoded, or too few.
    """
    learned = codec.vae.prior()
    if not isinstance(learned, StandardNormal):
        served = type(learned).from_tensors(learned.tensors())
        return served.tempered(config.prior_temperature)
    data = posteriors(codec, smiles)
    if synthetic and config.fitted_prior == ExemplarMixture.name:
        data = _alike(data, posteriors(codec, synthetic), index, config)
    return fit_prior(config, data.means, data.log_variances)


def _alike(
    data: Posteriors, synthetic: Posteriors, index: TrainingIndex | None, config: TrainConfig
) -> Posteriors:
    """Of new ones among the synthetic molecules, drawn so that they are distributed as the data."""
    order = by_weight(log_ratio(data.means, synthetic.means, config.seed), config.seed)
    new = (i for i in order.tolist() if index is None or not index.knows(synthetic.smiles[i]))
    rows = list(islice(new, config.prior_exemplars))
    chosen = [synthetic.smiles[i] for i in rows]
    return Posteriors(chosen, synthetic.means[rows], synthetic.log_variances[rows])


def posteriors(codec: MoleculeCodec, smiles: Sequence[str]) -> Posteriors:
    """The posteriors of molecules; those that cannot be encoded are left out.

    Raises:
        ConfigError: None can.
    """
    parts = [
        _posteriors(codec, smiles[first : first + CHUNK]) for first in range(0, len(smiles), CHUNK)
    ]
    kept = [line for part in parts for line in part.smiles]
    if not kept:
        raise ConfigError(f"none of {len(smiles)} molecules can be encoded: no prior can be fitted")
    return Posteriors(
        kept,
        torch.cat([part.means for part in parts]),
        torch.cat([part.log_variances for part in parts]),
    )


def _posteriors(codec: MoleculeCodec, smiles: Sequence[str]) -> Posteriors:
    encoded = [
        (line, item)
        for line, item in zip(smiles, codec.encode(smiles), strict=True)
        if isinstance(item, Encoding)
    ]
    stacked = torch.zeros(2, len(encoded), codec.latent_dim)
    for row, (_, item) in enumerate(encoded):
        stacked[:, row] = torch.stack([item.mean, item.log_variance])
    return Posteriors([line for line, _ in encoded], *stacked)
