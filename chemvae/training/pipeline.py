"""`train`: from a data set to a checkpoint that can be served."""

import json
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from chemvae import checkpoints
from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.codec import Encoding, MoleculeCodec
from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError
from chemvae.prior import GaussianMixture, StandardNormal
from chemvae.tokens import Vocabulary
from chemvae.training.corpus import Corpus, known_sequences, load_corpus
from chemvae.training.fit import fit, last_checkpoint
from chemvae.vae import reparameterize

TEST_FILE = "test.smi"
VOCABULARY_FILE = "vocabulary.json"

PRIOR_MOLECULES = 60_000
"""Training molecules whose posteriors the prior is fitted to, one sample each."""


def train(
    dataset: str,
    directory: Path,
    model_config: ModelConfig,
    config: TrainConfig,
    *,
    smiles_column: str | None = None,
    prior_components: int = 10,
    prior_temperature: float = 0.9,
    accelerator: str = "auto",
    devices: str | int = "auto",
    resume: bool = False,
) -> Path:
    """Clean, fit, fit the prior, and write `directory/checkpoint`; returns that path.

    The test molecules are written beside it, for `chemvae evaluate`.

    Args:
        dataset: A name of the registry, or a CSV, SMI or SDF file.
        directory: Where the run keeps its state.
        model_config: The network's shape.
        config: The run.
        smiles_column: Of a CSV file.
        prior_components: Gaussians of the fitted prior; 0 serves `N(0, I)`.
        prior_temperature: Factor on the standard deviations of the fitted prior.
        accelerator: Lightning's: `auto`, `cpu` or `gpu`.
        devices: Lightning's: how many; several train with DDP.
        resume: Go on from the last checkpoint in `directory`.

    Raises:
        ConfigError: Too few molecules, or a run in `directory` that is not to be resumed.
        data.errors.DatasetError: The data cannot be read.
    """
    corpus = load_corpus(
        dataset, model_config.max_tokens, smiles_column=smiles_column, seed=config.seed
    )
    for split, report in corpus.reports.items():
        print(f"{dataset}, {split}\n{report}")
    if prior_components > len(corpus.train):
        raise ConfigError(
            f"{len(corpus.train)} training molecules cannot fit {prior_components} prior "
            "components; take fewer, or 0 for N(0, I)"
        )
    vocabulary = _vocabulary(corpus, directory)
    result = fit(
        known_sequences(corpus.train, vocabulary, model_config.max_tokens),
        known_sequences(corpus.validation, vocabulary, model_config.max_tokens),
        vocabulary,
        model_config,
        config,
        directory,
        accelerator=accelerator,
        devices=devices,
        resume=resume,
    )
    checkpoint = directory / "checkpoint"
    if result.is_main_process:
        standard = StandardNormal(model_config.latent_dim)
        codec = MoleculeCodec(result.vae, vocabulary, standard, fingerprint="in training")
        if prior_components:
            fitted = fit_prior(codec, corpus, prior_components, config.seed)
            codec.prior = fitted.tempered(prior_temperature)
        checkpoints.save(checkpoint, codec, config, dataset)
        (directory / TEST_FILE).write_text("".join(f"{line}\n" for line in corpus.test))
        bar = tqdm(corpus.train, desc="training compounds", unit=" molecules", disable=None)
        TrainingIndex.of_smiles(bar).write(checkpoint)
    return checkpoint


def _vocabulary(corpus: Corpus, directory: Path) -> Vocabulary:
    """The training split's tokens; a run that has a checkpoint keeps those it began with."""
    path = directory / VOCABULARY_FILE
    if path.exists() and last_checkpoint(directory).exists():
        return Vocabulary(tuple(json.loads(path.read_text())))
    vocabulary = Vocabulary.from_smiles(corpus.train)
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(vocabulary.tokens))
    return vocabulary


def fit_prior(codec: MoleculeCodec, corpus: Corpus, components: int, seed: int) -> GaussianMixture:
    """A mixture fitted to the aggregated posterior of training molecules."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(corpus.train), generator=generator)[:PRIOR_MOLECULES]
    latents = posterior_samples(codec, [corpus.train[i] for i in chosen.tolist()], generator)
    return GaussianMixture.fit(latents, components, seed)


def posterior_samples(
    codec: MoleculeCodec, smiles: list[str], generator: torch.Generator
) -> Tensor:
    """One sample of each molecule's posterior, `n x d`."""
    known = [item for item in codec.encode(smiles) if isinstance(item, Encoding)]
    means = torch.stack([item.mean for item in known])
    return reparameterize(means, torch.stack([item.log_variance for item in known]), generator)
