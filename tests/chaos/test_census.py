"""The count itself: it sees what it is there to see, on either database."""

import pyarrow as pa
import pytest
import sqlalchemy as sa

from app.bulk.packing import pack
from tests.chaos.bulk_census import count_bulk
from tests.chaos.census import count

EXPECTED = [(0, "evaluated", "C"), (1, "evaluated", "CC")]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    return request.param


@pytest.fixture
def insert(engine):
    def execute(table, **values):
        columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with engine.begin() as connection:
            query = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            connection.execute(sa.text(query), values)

    return execute


@pytest.fixture
def one_campaign(insert):
    insert(
        "campaigns", id="a", name="a", state="succeeded", settings="{}", objective_version=1,
        model="m", model_hash="h", revision=0, recoveries=0, num_trials=2, num_evaluations=2,
        seconds_used=0, created_at="2026-01-01 00:00:00", updated_at="2026-01-01 00:00:00",
    )  # fmt: skip
    for number, status, smiles in EXPECTED:
        _trial(insert, number, status, smiles)
        insert("trial_values", campaign_id="a", number=number, objective="qed")
    insert("iterations", campaign_id="a", iteration=0)


def _trial(insert, number, status, smiles):
    insert(
        "trials", campaign_id="a", number=number, status=status, smiles=smiles,
        inchi_key=f"key of {smiles}",
    )  # fmt: skip


def test_a_whole_campaign_passes(one_campaign, engine):
    count(engine, ["a"], EXPECTED).check()


def test_every_second_row_is_counted(one_campaign, engine, insert):
    _trial(insert, 1, "evaluated", "CC")
    insert("trial_values", campaign_id="a", number=1, objective="qed")
    insert("iterations", campaign_id="a", iteration=0)
    census = count(engine, ["a"], EXPECTED)
    assert census.duplicates == {"iterations": 1, "trials": 1, "compounds": 1, "values": 1}
    with pytest.raises(AssertionError):
        census.check()


def test_what_is_missing_is_counted(one_campaign, engine, insert):
    insert("iterations", campaign_id="a", iteration=2)
    expected = [*EXPECTED, (2, "evaluated", "CCC")]
    census = count(engine, ["a", "b"], expected)
    assert (census.lost, census.gaps, census.campaigns_lost) == (1 + 3, ["a"], {"b"})


def test_what_nobody_asked_for_is_counted(one_campaign, engine):
    census = count(engine, [], EXPECTED)
    assert census.campaigns_repeated == {"a"}


def test_what_is_stuck_is_named(one_campaign, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE campaigns SET state = 'running'"))
    assert count(engine, ["a"], EXPECTED).unfinished == {"a": "running: None"}


@pytest.fixture
def one_job(insert):
    insert(
        "bulk_jobs", id="j", name="j", state="succeeded", operation="{}", model="m", model_hash="h",
        recoveries=0, num_rows=3, num_rows_done=3, num_rows_before=0, num_chunks=1,
        num_chunks_done=1, num_refused=1, num_results=2, seconds_used=0,
        created_at="2026-01-01 00:00:00",
    )  # fmt: skip
    _chunk(insert, [1, 3])
    insert("bulk_refusals", job_id="j", line=2)


def _chunk(insert, lines):
    insert(
        "bulk_chunks", job_id="j", number=0, num_results=2, num_refused=1,
        finished_at="2026-01-01 00:00:00",
        result=pack([{"line": line} for line in lines], pa.schema([("line", pa.int64())])),
    )  # fmt: skip


def test_a_whole_job_passes(one_job, engine):
    count_bulk(engine, ["j"]).check()


def test_what_a_job_has_twice_or_lacks_is_counted(one_job, engine, insert):
    insert("bulk_refusals", job_id="j", line=2)
    _chunk(insert, [1, 3])
    census = count_bulk(engine, ["j"])
    assert (census.lost, census.duplicates, list(census.miscounted)) == (0, 3, ["j"])
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM bulk_refusals"))
        connection.execute(sa.text("UPDATE bulk_jobs SET state = 'running'"))
    census = count_bulk(engine, ["j"])
    assert (census.lost, census.unfinished) == (1, {"j": "running: None"})
