from datetime import timedelta

import pytest

from app.bulk.repository import BulkRepository
from app.database import now


@pytest.fixture
def age(sessions):
    """Let a job's last progress be so many seconds ago."""

    def change(path, seconds):
        with sessions.begin() as session:
            row = BulkRepository(session).get(path.rpartition("/")[2])
            row.progress_at = now() - timedelta(seconds=seconds)

    return change


def test_a_job_without_progress_has_an_alarm_until_a_chunk_is_finished(
    client, create, send, step, age
):
    path = create()
    assert client.get(path).json()["alarm"] is None
    assert send(path).json()["alarm"] is None
    age(path, 3_600)
    assert "no chunk was finished for 60 minutes" in client.get(path).json()["alarm"]
    assert client.get("/v1/bulk").json()["items"][0]["alarm"] is not None
    assert "molwright_bulk_jobs_stalled 1.0" in client.get("/metrics").text
    assert step(path)
    assert client.get(path).json()["alarm"] is None
    assert "molwright_bulk_jobs_stalled 0.0" in client.get("/metrics").text


def test_a_job_that_does_not_run_has_none(client, create, send, age):
    path = create()
    send(path)
    age(path, 3_600)
    assert client.post(f"{path}/cancel").json()["alarm"] is None


def test_jobs_are_counted(client, create, send, step, scrape):
    first, second = create(), create()
    send(first, "CCO\nCCN\nC1CC\nCCC\n")
    send(second)
    step(first)
    found = scrape()
    assert found["molwright_bulk_jobs", "running"] == 2
    assert found["molwright_bulk_jobs", "draft"] == 0
    assert found["molwright_bulk_chunks_waiting",] == 1 + 3
    assert found["molwright_bulk_rows",] == 3
    assert found["molwright_bulk_rows_refused",] == 1
    client.post(f"{second}/cancel")
    assert scrape()["molwright_bulk_chunks_waiting",] == 1
