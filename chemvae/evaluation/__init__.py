"""Evaluation: what a model reconstructs, and what it samples; printed and kept on its card."""

import platform
from typing import Any

import rdkit
import torch

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.evaluation.generation import generation_report
from chemvae.evaluation.reconstruction import reconstruction_report
from chemvae.training.corpus import load_test
from data.cleaning import clean
from data.datasets import DATASETS
from data.readers import read_molecules

DESCRIBED = 10_000
"""Valid samples on which uniqueness, novelty and properties are computed."""

__all__ = ["evaluate", "generation_report", "reconstruction_report"]


def evaluate(
    codec: MoleculeCodec,
    dataset: str,
    training: TrainingIndex | None,
    *,
    num_samples: int,
    seed: int,
) -> dict[str, Any]:
    """Every number of the model card, measured now.

    Args:
        codec: The model.
        dataset: A name of the registry, whose test split is used, or a file of test molecules.
        training: The compounds it was trained on; without them novelty is not measured.
        num_samples: Prior samples decoded for each validity.
        seed: Decides every sample.

    Raises:
        ConfigError: The data set has no molecule that the model can encode.
        data.errors.DatasetError: It cannot be read.
    """
    test = load_test(dataset) if dataset in DATASETS else clean(read_molecules(dataset))[0]
    return {
        "data": _describe_data(dataset),
        "parameters": sum(weight.numel() for weight in codec.vae.parameters()),
        "reconstruction": reconstruction_report(codec, test, seed),
        "generation": generation_report(
            codec, training, test, num_samples=num_samples, num_described=DESCRIBED, seed=seed
        ),
        "protocol": {
            "seed": seed,
            "device": codec.device.type,
            "rdkit": rdkit.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


def _describe_data(dataset: str) -> dict[str, str]:
    if dataset not in DATASETS:
        return {"name": dataset}
    spec = DATASETS[dataset]
    return {"name": spec.name, "sha256": spec.sha256, "licence": spec.licence}
