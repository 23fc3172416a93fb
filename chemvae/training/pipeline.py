"""`train`: from a data set to a checkpoint that can be served."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chemvae import checkpoints
from chemvae.codec import MoleculeCodec
from chemvae.config import PRIOR_SETTINGS, ModelConfig, TrainConfig
from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.errors import ConfigError
from chemvae.priors import GaussianMixture, Prior, StandardNormal, Vicinal
from chemvae.tokens import Vocabulary
from chemvae.training.batches import SequenceDataset
from chemvae.training.corpus import Corpus, known_molecules, unknown_tokens
from chemvae.training.dreams import Dreamer
from chemvae.training.fit import fit, last_checkpoint
from chemvae.training.kept import kept_corpus, kept_index, kept_synthetic
from chemvae.training.labels import kept_labels
from chemvae.training.own_data import keep_test
from chemvae.training.serving import served_prior
from chemvae.training.spelling import RandomSpelling

VOCABULARY_FILE = "vocabulary.json"
MOST_NAMED = 10
"""Tokens named at most, of those that a vocabulary lacks."""


def train(
    dataset: str,
    directory: Path,
    model_config: ModelConfig,
    config: TrainConfig,
    *,
    smiles_column: str | None = None,
    start_from: str | None = None,
    synthetic: str | None = None,
    accelerator: str = "auto",
    devices: str | int = "auto",
    resume: bool = False,
    max_minutes: float | None = None,
) -> Path:
    """Clean, fit, fit the prior, and write `directory/checkpoint`; returns that path.

    The test molecules are written beside it, for `chemvae evaluate`: `test.smi`, and `test.csv`
    with their labels where the file had some.

    Args:
        dataset: A name of the registry, or a CSV, SMI or SDF file.
        directory: Where the run keeps its state.
        model_config: The network's shape.
        config: The run.
        smiles_column: Of a CSV file.
        start_from: A model whose weights, vocabulary and prior (for dreams) the run begins with.
        synthetic: A CSV, SMI or SDF file of molecules to train on beside the data set's, such as
            samples of a model; they are no training compounds, but may be a prior's exemplars.
        accelerator: Lightning's: `auto`, `cpu` or `gpu`.
        devices: Lightning's: how many; several train with DDP.
        resume: Go on from the last checkpoint in `directory`.
        max_minutes: This call begins no epoch that would end later.

    Raises:
        ConfigError: Too few molecules, labels nobody has, a model to start from that has another
            shape or none where dreams need one, or a run in `directory` that is not to be resumed.
        data.errors.DatasetError: The data cannot be read.
    """
    start = None if start_from is None else checkpoints.load(start_from, "cpu")
    kept, config = _kept_prior(start, start_from, model_config, config)
    corpus = kept_corpus(
        directory,
        dataset,
        model_config.max_tokens,
        smiles_column=smiles_column,
        seed=config.seed,
    )
    announce(dataset, corpus, model_config.labels)
    vocabulary = start.vocabulary if start else _vocabulary(corpus, directory)
    known = known_molecules(corpus.train, vocabulary)
    if kept is None and not _is_learned(model_config):
        _require_enough(len(known), config)
    beside = []
    if synthetic:
        beside = kept_synthetic(directory, Path(synthetic), model_config.max_tokens, corpus)
    _announce_left_out(vocabulary, corpus, beside)
    sets = datasets(corpus, vocabulary, model_config, config, directory, beside)
    result = fit(
        *sets,
        vocabulary,
        model_config,
        config,
        directory,
        start=start.vae if start else None,
        dreamer=_dreamer(start, model_config, vocabulary, config),
        accelerator=accelerator,
        devices=devices,
        resume=resume,
        max_minutes=max_minutes,
    )
    checkpoint = directory / "checkpoint"
    if result.is_main_process:
        index = kept_index(directory, known)
        prior = kept or StandardNormal(model_config.latent_dim)
        codec = MoleculeCodec(result.vae, vocabulary, prior, fingerprint="in training")
        if kept is None:
            codec.prior = served_prior(codec, known, config, beside, index)
        checkpoints.save(checkpoint, codec, config, dataset)
        index.write(checkpoint)
        keep_test(directory, corpus.test, model_config.labels, corpus.measured)
    return checkpoint


def _kept_prior(
    start: MoleculeCodec | None, start_from: str | None, model: ModelConfig, config: TrainConfig
) -> tuple[Prior | None, TrainConfig]:
    """The prior of a model whose latents stay what they are, and the run with its settings; none
    where one is fitted to new latents, or learned with the network."""
    if not config.freeze_encoder:
        return None, config
    if start is None or start_from is None:
        raise ConfigError(
            "freeze_encoder is set, but there is no trained encoder yet: name a model to start from"
        )
    if _is_learned(model):
        return None, config
    started = checkpoints.trained_with(start_from)
    settings = {name: getattr(started, name) for name in PRIOR_SETTINGS}
    return start.prior, replace(config, **settings)


def announce(dataset: str, corpus: Corpus, labels: Sequence[str]) -> None:
    """Print what became of each line, and of each label that could not be read."""
    for split, report in corpus.reports.items():
        print(f"{dataset}, {split}\n{report}")
    for label in labels:
        if label in corpus.unread:
            print(f"{dataset}, label {label}: {corpus.unread[label]}")


def _announce_left_out(vocabulary: Vocabulary, corpus: Corpus, beside: Sequence[str]) -> None:
    """Print how many molecules the vocabulary cannot spell, and what it lacks for them."""
    parts = {"train": corpus.train, "validation": corpus.validation, "synthetic": beside}
    for name, smiles in parts.items():
        left_out = len(smiles) - len(known_molecules(smiles, vocabulary))
        if left_out:
            lacking = unknown_tokens(smiles, vocabulary).most_common(MOST_NAMED)
            listed = ", ".join(f"{token} in {count}" for token, count in lacking)
            print(f"{name}: {left_out} molecules have tokens the vocabulary lacks: {listed}")


def _require_enough(molecules: int, config: TrainConfig) -> None:
    """Before hours of training, whether a prior can be fitted after it."""
    needed = {
        GaussianMixture.name: config.prior_components,
        Vicinal.name: config.prior_mixed + 1,
    }.get(config.fitted_prior, 0)
    if needed > molecules:
        raise ConfigError(
            f"{molecules} training molecules cannot fit a {config.fitted_prior} prior that "
            f"needs {needed}; give it fewer prior_components or prior_mixed, or take another prior"
        )


def _vocabulary(corpus: Corpus, directory: Path) -> Vocabulary:
    """The training split's tokens; a run that has a checkpoint keeps those it began with."""
    path = directory / VOCABULARY_FILE
    if path.exists() and last_checkpoint(directory).exists():
        return Vocabulary(tuple(json.loads(path.read_text())))
    vocabulary = Vocabulary.from_smiles(corpus.train)
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(vocabulary.tokens))
    return vocabulary


def datasets(
    corpus: Corpus,
    vocabulary: Vocabulary,
    model_config: ModelConfig,
    config: TrainConfig,
    directory: Path,
    synthetic: Sequence[str] = (),
) -> tuple[SequenceDataset, SequenceDataset]:
    """Training and validation molecules as sequences with their labels, kept in `directory`.

    `synthetic` ones are trained on, too.
    """
    limit = model_config.max_tokens
    speller = (
        RandomSpelling(vocabulary, limit, config.randomize, config.seed)
        if config.randomize
        else None
    )
    sets = []
    for split, spelled in (([*corpus.train, *synthetic], speller), (corpus.validation, None)):
        smiles = known_molecules(split, vocabulary)
        labels = kept_labels(directory, smiles, model_config.labels, corpus.measured)
        sequences = [vocabulary.encode(line, limit) for line in smiles]
        sets.append(SequenceDataset(sequences, labels, spelled))
    return sets[0], sets[1]


def _dreamer(
    start: MoleculeCodec | None, model: ModelConfig, vocabulary: Vocabulary, config: TrainConfig
) -> Dreamer | None:
    if not config.dream_fraction:
        return None
    is_learned = _is_learned(model)
    if start is None and not (is_learned and config.dream_start > 0):
        raise ConfigError(
            f"dream_fraction is {config.dream_fraction}, but there is no trained decoder yet to "
            "dream with: name a model to start from, or learn a prior and set a dream_start"
        )
    prior = None if is_learned or start is None else start.prior
    mask = SmilesAutomaton(vocabulary, model.max_tokens)
    return Dreamer(prior, mask, vocabulary, config.seed)


def _is_learned(model: ModelConfig) -> bool:
    """Whether the prior is learned with the network."""
    return model.prior != StandardNormal.name
