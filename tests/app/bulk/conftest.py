"""Bulk jobs on the service of `tests/app`, and a worker that runs where the test does."""

import pyarrow.parquet
import pytest

from app.bulk import upload
from app.bulk.repository import BulkRepository
from app.engine.chunks import BulkChunks
from tests.toys import library

SCORE = {"kind": "score", "properties": ["logp", "qed"]}
LIBRARY = "".join(f"{smiles} mol-{n}\n" for n, smiles in enumerate(library()[:7], start=1))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(upload, "CHUNK_ROWS", 3)


@pytest.fixture
def sessions(app):
    return app.state.session_factory


@pytest.fixture
def chunks(app, sessions):
    return BulkChunks(sessions, app.state.models, app.state.known)


@pytest.fixture
def create(client):
    def create_job(operation=SCORE, **members):
        response = client.post("/v1/bulk", json={"operation": operation} | members)
        assert response.status_code == 201, response.text
        return response.headers["Location"]

    return create_job


@pytest.fixture
def send(client):
    def send_library(path, content=LIBRARY, file_format="smi", **query):
        return client.put(
            f"{path}/library", content=content, params={"format": file_format} | query
        )

    return send_library


@pytest.fixture
def step(sessions, chunks):
    """One chunk of a running job; whether the job goes on."""

    def run_chunk(path):
        job_id = path.rpartition("/")[2]
        with sessions() as session:
            repository = BulkRepository(session)
            run_id, undone = repository.get(job_id).run_id, repository.undone(job_id)
        outcome = chunks.compute(job_id, run_id, undone[0])
        if outcome is None:
            return False
        with sessions.begin() as session:
            return chunks.commit(session, job_id, run_id, undone[0], outcome)

    return run_chunk


@pytest.fixture
def run(client, step):
    """A job's chunks until it stops; its reply then."""

    def run_job(path):
        while client.get(path).json()["state"] == "running" and step(path):
            pass
        return client.get(path).json()

    return run_job


@pytest.fixture
def rows(client):
    """The result of a job, a dictionary a row."""

    def read(path):
        response = client.get(f"{path}/results", params={"format": "parquet"})
        assert response.status_code == 200, response.text
        return parquet(response.content).to_pylist()

    return read


def parquet(content):
    return pyarrow.parquet.read_table(pyarrow.BufferReader(content))
