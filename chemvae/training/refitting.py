"""Another prior for a trained model: its network, and so every latent, stays as it is."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from chemvae import checkpoints
from chemvae.checkpoints import TrainingIndex
from chemvae.errors import ConfigError
from chemvae.priors import ExemplarMixture, StandardNormal
from chemvae.training.corpus import known_molecules
from chemvae.training.kept import kept_corpus, kept_index, kept_synthetic
from chemvae.training.own_data import keep_test
from chemvae.training.serving import served_prior


def checkpoint_beside(model: str, directory: Path) -> Path:
    """Where a model that is made of `model` goes: `directory/checkpoint`.

    Raises:
        ConfigError: `model` itself lies there.
        CheckpointError: No such model.
    """
    checkpoint = directory / "checkpoint"
    if checkpoint.resolve() == checkpoints.locate(model).resolve():
        raise ConfigError(f"{model} would be overwritten: choose another directory")
    return checkpoint


def refit_prior(
    model: str,
    dataset: str,
    directory: Path,
    settings: Mapping[str, Any],
    *,
    smiles_column: str | None = None,
    synthetic: str | None = None,
) -> Path:
    """Fit a prior to a model's posteriors of a data set's training molecules.

    The seed of its training draws the split of a file, as it did then, and decides the fit.

    Args:
        model: A bundled model's name, or a checkpoint directory.
        dataset: What it was trained on: a name of the registry, or a CSV, SMI or SDF file.
        directory: `directory/checkpoint` is written, the model with its new prior, without a card;
            that path is returned. The test molecules are written beside it.
        settings: Of the prior, by their names in `TrainConfig`; others are as in the training.
        smiles_column: Of a CSV file.
        synthetic: A CSV, SMI or SDF file of molecules, such as samples of the model, from which a
            prior of exemplars takes those most like the training molecules.

    Raises:
        ConfigError: A setting outside its range, a prior that is learned with the network, other
            molecules than the model was trained on, synthetic ones for a prior that has no use for
            them, or a model that would be overwritten.
        CheckpointError: No such model.
        data.errors.DatasetError: The data cannot be read.
    """
    checkpoint = checkpoint_beside(model, directory)
    config = replace(checkpoints.trained_with(model), **settings)
    if synthetic and config.fitted_prior != ExemplarMixture.name:
        raise ConfigError(
            f"fitted_prior is {config.fitted_prior!r}, which takes no synthetic molecules; set it "
            f"to {ExemplarMixture.name!r}"
        )
    codec = checkpoints.load(model, "auto")
    if not isinstance(codec.vae.prior(), StandardNormal):
        raise ConfigError(f"{model} learned its prior with its network: no other can be fitted")
    limit = codec.vae.config.max_tokens
    corpus = kept_corpus(directory, dataset, limit, smiles_column=smiles_column, seed=config.seed)
    known = known_molecules(corpus.train, codec.vocabulary)
    index = kept_index(directory, known)
    seen = TrainingIndex.read(checkpoints.locate(model))
    if seen is not None and not seen.same_as(index):
        raise ConfigError(f"{model} was trained on other molecules than those of {dataset}")
    beside = kept_synthetic(directory, Path(synthetic), limit, corpus) if synthetic else []
    codec.prior = served_prior(codec, known, config, beside, index)
    checkpoints.save(checkpoint, codec, config, dataset)
    index.write(checkpoint)
    keep_test(directory, corpus.test, codec.vae.config.labels, corpus.measured)
    return checkpoint
