"""One evaluation: every family of measures."""

import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import rdkit
import torch

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import MoleculeCodec
from chemvae.evaluation.amortization import amortization_report
from chemvae.evaluation.asked import asked_report, computable
from chemvae.evaluation.budget import Budget
from chemvae.evaluation.crew import Crew, Part
from chemvae.evaluation.distribution import distribution_report
from chemvae.evaluation.encoded import EncodedTest
from chemvae.evaluation.generation import (
    Drawn,
    generation_report,
    novelty_report,
    start_draws,
)
from chemvae.evaluation.latent_gp import PENALISED_LOGP_SCALES
from chemvae.evaluation.likelihood import likelihood_report
from chemvae.evaluation.reconstruction import reconstruction_report
from chemvae.evaluation.regression import heads_report, latent_gp_report
from chemvae.inversion import InversionConfig
from chemvae.latent.neighbourhood import neighbourhood_report
from chemvae.training.corpus import load_labelled, load_test
from chemvae.training.labels import Measured
from data.datasets import DATASETS, load_smiles
from data.molecules import canonical_smiles


class Evaluation(NamedTuple):
    """What was measured, and the strings it was measured on."""

    report: dict[str, Any]
    """Plain data: the model card."""
    drawn: Mapping[str, Drawn]
    """Decodes of the served prior's samples, by kind."""


def evaluate(
    crew: Crew,
    dataset: str,
    training: TrainingIndex | None,
    *,
    budget: Budget,
    kl_weight: float,
    seed: int,
) -> Evaluation:
    """Every number of the model card, measured now.

    Args:
        crew: The model, and who computes; how many do changes no number.
        dataset: A name of the registry, whose test split is used, or a file of test molecules; the
            numbers in its other columns are the labels that heads of those names should predict.
        training: The compounds it was trained on; without them novelty is not measured.
        budget: Sample counts.
        kl_weight: Of its training; inversion searches under the same.
        seed: Decides every sample.

    Raises:
        ConfigError: The data set has no molecule that the model can encode.
        data.errors.DatasetError: It cannot be read.
    """
    began = time.perf_counter()
    lines, measured = (load_test(dataset), {}) if dataset in DATASETS else load_labelled(dataset)
    # Shuffled: a split may be in the order of its file, QM9's from small molecules to large ones.
    order = np.random.default_rng(seed).permutation(len(lines))[: budget.test_molecules]
    test = [lines[i] for i in order]
    draws = start_draws(crew, budget.prior_samples, seed)
    encoded = EncodedTest.of(crew.codec, test)
    fitted = _training_sample(dataset, lines, budget.gp_training, seed)
    scale = PENALISED_LOGP_SCALES.get(dataset)
    gp = (latent_gp_report, fitted, scale, budget.gp_epochs, seed)
    families = _start_families(crew, encoded, measured, gp, budget, kl_weight, seed)
    around: Part[dict[str, Any]] = crew.start(
        "neighbourhood",
        neighbourhood_report,
        test,
        molecules=budget.neighbourhood_molecules,
        samples=budget.neighbourhood_samples,
        seed=seed,
    )
    report: dict[str, Any] = {
        "data": _describe_data(dataset),
        "parameters": sum(weight.numel() for weight in crew.codec.vae.parameters()),
    }
    report["generation"], drawn = generation_report(crew, draws)
    report["novelty"] = novelty_report(drawn, training, budget.described)
    report["distribution"] = distribution_report(crew, drawn, test, budget.described)
    report |= {family: crew.finish(part) for family, part in families.items()}
    report["neighbourhood"] = {"data": dataset} | crew.finish(around)
    report["protocol"] = _protocol(crew.codec, budget, seed)
    report["timing"] = crew.timing(time.perf_counter() - began)
    return Evaluation(report, drawn)


def _start_families(
    crew: Crew,
    test: EncodedTest,
    measured: Measured,
    gp: tuple[Any, ...],
    budget: Budget,
    kl_weight: float,
    seed: int,
) -> dict[str, Part[dict[str, Any]]]:
    """Begin with what is measured on the test molecules, the longest first."""
    config = InversionConfig(kl_weight=kl_weight)
    reports: dict[str, tuple[Any, ...]] = {
        "reconstruction": (reconstruction_report, budget.stochastic_molecules, seed),
        "inversion": (amortization_report, budget.inverted_molecules, config, seed),
        "likelihood": (likelihood_report, budget.importance_molecules, seed),
        "latent_gp": gp,
        "heads": (heads_report, measured),
    }
    columns = {name for values in measured.values() for name in values}
    if names := computable(crew.codec, columns):
        reports["asked"] = (asked_report, names, budget.asked_samples, seed)
    return {
        family: crew.start(family, function, test, *arguments)
        for family, (function, *arguments) in reports.items()
    }


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
