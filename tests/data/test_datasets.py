"""The registry's mechanics, on small made files and a server on the loopback address."""

import gc
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pooch
import pytest

from data.datasets import (
    DATASETS,
    DATASETS_DIR_VARIABLE,
    DatasetSpec,
    dataset_spec,
    fetch,
    load_smiles,
)
from data.errors import (
    ChecksumError,
    ColumnError,
    DownloadError,
    MissingFileError,
    UnknownDatasetError,
)
from data.readers import read_csv_column

# pooch does not close the response of a download that fails; the collector does, and says so.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <socket\.socket:pytest.PytestUnraisableExceptionWarning"
)

CONTENT = b"idx,smiles\n" + b"".join(b"%d,%s\n" % (n, b"C" * n) for n in range(1, 21))


class _Server(BaseHTTPRequestHandler):
    requests: list[str]

    def do_GET(self):
        self.requests.append(self.path)
        if self.path == "/missing":
            self.send_error(404)
            return
        body = b"something else" if self.path == "/wrong" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path == "/half" else body)

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def _collect_sockets_here() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (_Server,), {"requests": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(DATASETS_DIR_VARIABLE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "cache" / "molwright"
    assert Path(pooch.os_cache("molwright")) == folder
    return folder


@pytest.fixture
def spec(server) -> DatasetSpec:
    return DatasetSpec(
        name="alkanes",
        url=f"http://127.0.0.1:{server.server_port}/good",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        file_name="alkanes.txt",
        licence="none",
        citation="none",
        reader=lambda path: read_csv_column(path, "smiles"),
        num_molecules=20,
        num_test=4,
        num_validation=6,
        test_leads=True,
    )


def _at(spec: DatasetSpec, path: str) -> DatasetSpec:
    return replace(spec, url=spec.url.replace("/good", path))


def test_download_once_then_from_the_cache(cache, server, spec):
    path = fetch(spec, progress=False)
    assert path == cache / "alkanes.txt"
    assert path.read_bytes() == CONTENT
    assert fetch(spec, progress=False) == path
    assert server.RequestHandlerClass.requests == ["/good"]


def test_progress_is_shown(cache, spec, capfd):
    fetch(spec)
    assert "100%" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("path", "error"),
    [("/half", DownloadError), ("/missing", DownloadError), ("/wrong", ChecksumError)],
)
def test_a_failed_download_says_so_and_leaves_nothing(cache, spec, path, error):
    with pytest.raises(error, match="nothing was kept") as caught:
        fetch(_at(spec, path), progress=False)
    assert path in str(caught.value)
    assert list(cache.iterdir()) == []


def test_no_network(cache, spec):
    with pytest.raises(DownloadError, match=DATASETS_DIR_VARIABLE):
        fetch(replace(spec, url="http://127.0.0.1:9/closed"), progress=False)
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written(cache, spec):
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="molwright"):
        fetch(spec, progress=False)


def test_a_spoilt_file_in_the_cache_is_replaced(cache, spec):
    cache.mkdir(parents=True)
    (cache / "alkanes.txt").write_bytes(CONTENT[:50])
    assert fetch(spec, progress=False).read_bytes() == CONTENT


def test_the_users_folder_is_used_and_nothing_is_downloaded(
    cache, server, spec, tmp_path, monkeypatch
):
    monkeypatch.setenv(DATASETS_DIR_VARIABLE, str(tmp_path))
    (tmp_path / "alkanes.txt").write_bytes(CONTENT)
    assert fetch(spec, progress=False) == tmp_path / "alkanes.txt"
    (tmp_path / "alkanes.txt").write_bytes(CONTENT[:-1])
    with pytest.raises(ChecksumError, match=r"alkanes\.txt is not the published alkanes"):
        fetch(spec, progress=False)
    assert (tmp_path / "alkanes.txt").read_bytes() == CONTENT[:-1]
    assert server.RequestHandlerClass.requests == []
    assert not cache.exists()


def test_the_users_folder_without_the_file(cache, spec, tmp_path, monkeypatch):
    monkeypatch.setenv(DATASETS_DIR_VARIABLE, str(tmp_path))
    assert fetch(spec, progress=False) == cache / "alkanes.txt"
    monkeypatch.setenv(DATASETS_DIR_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(MissingFileError, match="nowhere, which is not a folder"):
        fetch(spec, progress=False)


@pytest.mark.parametrize("test_leads", [True, False])
def test_splits_are_disjoint_complete_and_fixed(cache, spec, test_leads):
    spec = replace(spec, test_leads=test_leads)
    splits = {name: load_smiles(spec, name) for name in ("train", "validation", "test")}
    assert {name: len(lines) for name, lines in splits.items()} == {
        "train": 10,
        "validation": 6,
        "test": 4,
    }
    every = [line for lines in splits.values() for line in lines]
    assert sorted(every) == ["C" * n for n in range(1, 21)]
    assert all(lines == sorted(lines, key=len) for lines in splits.values())
    assert (splits["test"] == ["C", "CC", "CCC", "CCCC"]) is test_leads
    other = replace(spec, split_seed=1).split_indices()
    assert not np.array_equal(other["validation"], spec.split_indices()["validation"])


def test_a_published_table_without_its_column(cache, spec):
    with pytest.raises(ColumnError, match="idx, smiles"):
        load_smiles(replace(spec, reader=lambda path: read_csv_column(path, "SMILES")), "test")


def test_unknown_names():
    with pytest.raises(UnknownDatasetError, match="'zinc'; known are: zinc250k, qm9"):
        fetch("zinc")
    with pytest.raises(UnknownDatasetError, match="'dev'; known are: train, validation, test"):
        load_smiles("qm9", "dev")


@pytest.mark.parametrize("name", DATASETS)
def test_registry_entries_are_complete(name):
    spec = dataset_spec(name)
    assert spec.url.startswith("https://")
    assert spec.url.endswith(spec.file_name)
    assert len(spec.sha256) == 64
    assert "doi:" in spec.citation
    assert spec.licence
