"""Another prior for a trained model: its network, and so every latent, stays as it is."""

from dataclasses import replace
from pathlib import Path

from chemvae import checkpoints
from chemvae.config import TrainConfig
from chemvae.errors import ConfigError
from chemvae.priors import StandardNormal
from chemvae.training.corpus import known_molecules
from chemvae.training.kept import kept_corpus, kept_index
from chemvae.training.pipeline import served_prior


def refit_prior(
    model: str,
    dataset: str,
    directory: Path,
    *,
    kind: str,
    components: int,
    temperature: float,
    smiles_column: str | None = None,
    seed: int = 0,
) -> Path:
    """Fit a prior to a model's posteriors of a data set's training molecules.

    Args:
        model: A bundled model's name, or a checkpoint directory.
        dataset: What it was trained on: a name of the registry, or a CSV, SMI or SDF file.
        directory: `directory/checkpoint` is written, the model with its new prior, without a card;
            that path is returned.
        kind: One of `chemvae.priors.fitting.FITTED`.
        components: Gaussians of a mixture.
        temperature: Factor on the prior's spread.
        smiles_column: Of a CSV file.
        seed: Decides the fit, and the split of a file: the one it was trained with.

    Raises:
        ConfigError: A setting outside its range, or a prior that is learned with the network.
        CheckpointError: No such model.
        data.errors.DatasetError: The data cannot be read.
    """
    home = checkpoints.locate(model)
    trained = TrainConfig.from_dict(checkpoints.read_config(home)["training"])
    config = replace(
        trained,
        fitted_prior=kind,
        prior_components=components,
        prior_temperature=temperature,
        seed=seed,
    )
    codec = checkpoints.load(model, "auto")
    if not isinstance(codec.vae.prior(), StandardNormal):
        raise ConfigError(f"{model} learned its prior with its network: no other can be fitted")
    limit = codec.vae.config.max_tokens
    corpus = kept_corpus(directory, dataset, limit, smiles_column=smiles_column, seed=seed)
    smiles = known_molecules(corpus.train, codec.vocabulary)
    codec.prior = served_prior(codec, smiles, config)
    checkpoint = directory / "checkpoint"
    checkpoints.save(checkpoint, codec, replace(config, seed=trained.seed), dataset)
    kept_index(directory, corpus.train).write(checkpoint)
    return checkpoint
