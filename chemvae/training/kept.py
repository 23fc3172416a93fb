"""What a run works out of its data once and keeps in its folder.

A run that is resumed, here or on a machine with neither the data set nor the time, finds it there:
cleaning ZINC250k takes minutes of RDKit.
"""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped]

from chemvae.checkpoints.training_index import TrainingIndex
from chemvae.training.corpus import Corpus, load_corpus, load_synthetic
from data.datasets import DATASETS


def kept_corpus(
    folder: Path, dataset: str, max_tokens: int, *, smiles_column: str | None = None, seed: int = 0
) -> Corpus:
    """`load_corpus`, once; what comes from the folder has no reports of what was left out.

    Raises:
        ConfigError, data.errors.DatasetError: As `load_corpus`.
    """
    path = folder / f"corpus-{_key(dataset, max_tokens, smiles_column, seed)}.json.gz"
    if path.exists():
        return Corpus(**_read(path))
    corpus = load_corpus(dataset, max_tokens, smiles_column=smiles_column, seed=seed)
    _write(path, asdict(replace(corpus, reports={}, unread={})))
    return corpus


def kept_synthetic(folder: Path, path: Path, max_tokens: int, corpus: Corpus) -> list[str]:
    """`load_synthetic`, once; where it comes from the folder, its report is not printed again.

    Raises:
        data.errors.DatasetError: As `load_synthetic`.
    """
    parts = [_content(path), max_tokens, corpus.train, corpus.validation, corpus.test]
    home = folder / f"synthetic-{_digest(parts)}.json.gz"
    if home.exists():
        return list(_read(home))
    smiles, report = load_synthetic(path, max_tokens, corpus)
    print(f"{path}, synthetic\n{report}")
    _write(home, smiles)
    return smiles


def kept_index(folder: Path, smiles: list[str]) -> TrainingIndex:
    """The `TrainingIndex` of a training set, computed once."""
    home = folder / f"index-{_digest(smiles)}"
    index = TrainingIndex.read(home)
    if index is None:
        bar = tqdm(smiles, desc="training compounds", unit=" molecules", disable=None)
        index = TrainingIndex.of_smiles(bar)
        home.mkdir(parents=True, exist_ok=True)
        index.write(home)
    return index


def _read(path: Path) -> Any:  # noqa: ANN401
    return json.loads(gzip.decompress(path.read_bytes()))


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(value).encode(), mtime=0))


def _key(dataset: str, max_tokens: int, smiles_column: str | None, seed: int) -> str:
    """Changes with whatever would change the corpus."""
    if dataset in DATASETS:
        return _digest([DATASETS[dataset].sha256, max_tokens])
    return _digest([_content(Path(dataset)), max_tokens, smiles_column, seed])


def _content(path: Path) -> str | None:
    """SHA-256 of a file; none of one that is missing, which `load_corpus` reports."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(value: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
