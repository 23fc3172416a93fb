"""The published data sets: where they are, what their bytes hash to, how they are split."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import pooch  # type: ignore[import-untyped]
from numpy.typing import NDArray

from data.errors import ChecksumError, DownloadError, MissingFileError, UnknownDatasetError
from data.readers import read_csv_column, read_tarred_lines

Split = Literal["train", "validation", "test"]

DATASETS_DIR_VARIABLE = "MOLWRIGHT_DATASETS_DIR"
"""Names a folder that may already hold the published files; it is read, never written."""

TIMEOUT_SECONDS = 30
"""Silence of the server, in seconds, after which a download is given up."""


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """One published file, and the rule that splits its lines."""

    name: str
    url: str
    sha256: str
    file_name: str
    licence: str
    citation: str
    reader: Callable[[Path], list[str]]
    """The SMILES of the file, in its order and spelling."""
    num_molecules: int
    num_test: int
    num_validation: int
    test_leads: bool
    """True: the first `num_test` lines are the test set. False: it is drawn at random."""
    split_seed: int = 0

    def split_indices(self) -> dict[Split, NDArray[np.int64]]:
        """Ascending line numbers (from 0) of each split: disjoint, and together every line."""
        lead = self.num_test if self.test_leads else 0
        # RandomState is numpy's frozen generator: this permutation is the same in every version.
        order = np.random.RandomState(self.split_seed).permutation(self.num_molecules - lead) + lead
        test, rest = (
            (np.arange(lead), order) if lead else (order[: self.num_test], order[self.num_test :])
        )
        return {
            "train": np.sort(rest[self.num_validation :]),
            "validation": np.sort(rest[: self.num_validation]),
            "test": np.sort(test),
        }


_MOL_OPT = (
    "https://raw.githubusercontent.com/wenhao-gao/mol_opt/2da631be85af8d10a2bb43f2de76a03171166190"
)

_ZINC250K = DatasetSpec(
    name="zinc250k",
    url=f"{_MOL_OPT}/data/zinc.txt.gz",
    sha256="cf1f05bfed0c334a38aa26f27e4a5016dd09f5e225b86dcad490bb5f203fb099",
    file_name="zinc.txt.gz",
    licence="ZINC terms of use; the file comes from a repository under the MIT licence",
    citation="Gómez-Bombarelli et al., ACS Cent. Sci. 4:268 (2018), "
    "doi:10.1021/acscentsci.7b00572; test lines as in Kusner et al., ICML (2017)",
    reader=read_tarred_lines,
    num_molecules=249_455,
    num_test=5_000,
    num_validation=24_445,
    test_leads=True,
)

_QM9 = DatasetSpec(
    name="qm9",
    url=f"{_MOL_OPT}/main/pasithea/datasets/0SelectedSMILES_QM9.txt",
    sha256="49a1d3adb6daf3ba81e9c08afb4b071cfafc6cce942addf81fa51abdf07772fe",
    file_name="0SelectedSMILES_QM9.txt",
    licence="CC0; the file comes from a repository under the MIT licence",
    citation="Ramakrishnan et al., Sci. Data 1:140022 (2014), doi:10.1038/sdata.2014.22",
    reader=lambda path: read_csv_column(path, "smiles"),
    num_molecules=132_040,
    num_test=10_000,
    num_validation=10_000,
    test_leads=False,
)

DATASETS: Mapping[str, DatasetSpec] = MappingProxyType(
    {spec.name: spec for spec in (_ZINC250K, _QM9)}
)


def dataset_spec(name: str) -> DatasetSpec:
    """The registry's entry for `name`.

    Raises:
        UnknownDatasetError: there is none; the message lists those there are.
    """
    if name not in DATASETS:
        raise UnknownDatasetError(f"no data set {name!r}; known are: {', '.join(DATASETS)}")
    return DATASETS[name]


def fetch(dataset: str | DatasetSpec, *, progress: bool = True) -> Path:
    """Path of the published file, downloaded if it is not here yet; its hash is always checked.

    The folder named by `MOLWRIGHT_DATASETS_DIR` is looked at first, then the user's cache, to
    which a download goes. A download that fails leaves nothing behind.

    Raises:
        UnknownDatasetError: no such data set.
        MissingFileError: `MOLWRIGHT_DATASETS_DIR` names no folder.
        ChecksumError: the file there, or what the address served, is not the published one.
        DownloadError: the address cannot be reached or broke off, or the cache is not writable.
    """
    spec = dataset_spec(dataset) if isinstance(dataset, str) else dataset
    local = _local_file(spec)
    if local is None:
        return _download(spec, Path(pooch.os_cache("molwright")), progress)
    if pooch.file_hash(str(local)) != spec.sha256:
        raise ChecksumError(
            f"{local} is not the published {spec.name} (sha256 {spec.sha256}); delete it, or "
            f"unset {DATASETS_DIR_VARIABLE}, to download it from {spec.url}"
        )
    return local


def load_smiles(dataset: str | DatasetSpec, split: Split) -> list[str]:
    """The SMILES of one split exactly as published (never cleaned), in the file's order.

    Raises:
        UnknownDatasetError: no such data set or split.
        DatasetError: see `fetch`.
    """
    if split not in get_args(Split):
        raise UnknownDatasetError(f"no split {split!r}; known are: {', '.join(get_args(Split))}")
    spec = dataset_spec(dataset) if isinstance(dataset, str) else dataset
    lines = spec.reader(fetch(spec))
    return [lines[index] for index in spec.split_indices()[split]]


def _local_file(spec: DatasetSpec) -> Path | None:
    """The file in the user's own folder; None where no folder is named or it lacks the file."""
    named = os.environ.get(DATASETS_DIR_VARIABLE)
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise MissingFileError(f"{DATASETS_DIR_VARIABLE} names {folder}, which is not a folder")
    path = folder / spec.file_name
    return path if path.is_file() else None


def _download(spec: DatasetSpec, cache: Path, progress: bool) -> Path:
    """The file in `cache`. pooch writes to a temporary file and moves it once its hash is right."""
    pooch.get_logger().setLevel("WARNING")  # the progress bar says the same
    transfer: Any = pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT_SECONDS)
    try:
        path = pooch.retrieve(
            spec.url, f"sha256:{spec.sha256}", spec.file_name, cache, downloader=transfer
        )
    except OSError as error:  # all of requests' errors, even those that are ValueErrors too
        raise DownloadError(
            f"{spec.name} could not be downloaded from {spec.url} to {cache} ({error}); nothing "
            f"was kept; try again, or put {spec.file_name} into a folder that "
            f"{DATASETS_DIR_VARIABLE} names"
        ) from error
    except ValueError as error:
        raise ChecksumError(
            f"{spec.url} did not serve the published {spec.name} (sha256 {spec.sha256}); "
            "nothing was kept; try again later"
        ) from error
    return Path(path)
