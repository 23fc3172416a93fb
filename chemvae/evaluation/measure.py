"""One evaluation: every family of measures, in turn."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import rdkit
import torch

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.evaluation.amortization import amortization_report
from chemvae.evaluation.budget import Budget
from chemvae.evaluation.distribution import distribution_report
from chemvae.evaluation.encoded import EncodedTest
from chemvae.evaluation.generation import Drawn, generation_report, novelty_report
from chemvae.evaluation.likelihood import likelihood_report
from chemvae.evaluation.reconstruction import reconstruction_report
from chemvae.evaluation.regression import heads_report, latent_gp_report
from chemvae.inversion import InversionConfig
from chemvae.latent.neighbourhood import neighbourhood_report
from chemvae.training.corpus import load_test
from data.cleaning import clean
from data.datasets import DATASETS, load_smiles
from data.molecules import canonical_smiles
from data.readers import read_molecules


class Evaluation(NamedTuple):
    """What was measured, and the strings it was measured on."""

    report: dict[str, Any]
    """Plain data: the model card."""
    drawn: Mapping[str, Drawn]
    """Decodes of the served prior's samples, by kind."""


def evaluate(
    codec: MoleculeCodec,
    dataset: str,
    training: TrainingIndex | None,
    *,
    budget: Budget,
    kl_weight: float,
    seed: int,
    notify: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Every number of the model card, measured now.

    Args:
        codec: The model.
        dataset: A name of the registry, whose test split is used, or a file of test molecules.
        training: The compounds it was trained on; without them novelty is not measured.
        budget: Sample counts.
        kl_weight: Of its training; inversion searches under the same.
        seed: Decides every sample.
        notify: Told what is measured next.

    Raises:
        ConfigError: The data set has no molecule that the model can encode.
        data.errors.DatasetError: It cannot be read.
    """
    lines = load_test(dataset) if dataset in DATASETS else clean(read_molecules(dataset))[0]
    # Shuffled: a split may be in the order of its file, QM9's from small molecules to large ones.
    order = np.random.default_rng(seed).permutation(len(lines))[: budget.test_molecules]
    test = [lines[i] for i in order]
    encoded = EncodedTest.of(codec, test)
    report: dict[str, Any] = {
        "data": _describe_data(dataset),
        "parameters": sum(weight.numel() for weight in codec.vae.parameters()),
    }
    notify("reconstruction")
    report["reconstruction"] = reconstruction_report(
        codec, encoded, budget.stochastic_molecules, seed
    )
    notify("inversion")
    report["inversion"] = amortization_report(
        codec, encoded, budget.inverted_molecules, InversionConfig(kl_weight=kl_weight), seed
    )
    notify("likelihood")
    report["likelihood"] = likelihood_report(codec, encoded, budget.importance_molecules, seed)
    notify("generation")
    report["generation"], drawn = generation_report(codec, budget.prior_samples, seed)
    report["novelty"] = novelty_report(drawn, training, budget.described)
    notify("distribution")
    report["distribution"] = distribution_report(drawn, test, budget.described, codec.device)
    notify("regression")
    report["heads"] = heads_report(codec, encoded)
    report["latent_gp"] = latent_gp_report(
        codec,
        _training_sample(dataset, lines, budget.gp_training, seed),
        encoded,
        budget.gp_epochs,
        seed,
    )
    notify("neighbourhood")
    around = neighbourhood_report(
        codec,
        test,
        molecules=budget.neighbourhood_molecules,
        samples=budget.neighbourhood_samples,
        seed=seed,
    )
    report["neighbourhood"] = {"data": dataset, **around}
    report["protocol"] = _protocol(codec, budget, seed)
    return Evaluation(report, drawn)


def _training_sample(dataset: str, test: list[str], count: int, seed: int) -> list[str]:
    """Random training molecules of a published data set, none of them in its test split."""
    if dataset not in DATASETS:
        return []
    lines = load_smiles(dataset, "train")
    order = np.random.default_rng(seed).permutation(len(lines))[:count]
    return sorted({canonical_smiles(lines[i]) for i in order} - set(test))


def _describe_data(dataset: str) -> dict[str, str]:
    if dataset not in DATASETS:
        return {"name": dataset}
    spec = DATASETS[dataset]
    return {"name": spec.name, "sha256": spec.sha256, "licence": spec.licence}


def _protocol(codec: MoleculeCodec, budget: Budget, seed: int) -> dict[str, Any]:
    return {
        "budget": asdict(budget),
        "seed": seed,
        "seeds": 1,
        "device": codec.device.type,
        "threads": torch.get_num_threads(),
        "rdkit": rdkit.__version__,
        "torch": torch.__version__,
        "fcd_torch": version("fcd_torch"),
        "gpytorch": version("gpytorch"),
        "python": platform.python_version(),
    }
