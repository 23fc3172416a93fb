"""The file that comes out."""

import csv
import io

import pyarrow.parquet
import pytest

from app.bulk import export
from tests.app.bulk.conftest import parquet
from tests.app.problems import check_problem
from tests.toys import library


def test_csv_and_parquet_hold_the_same(client, create, send, run, rows):
    path = create({"kind": "encode"})
    send(path)
    run(path)
    answer = client.get(f"{path}/results")
    assert answer.headers["content-type"].startswith("text/csv")
    job_id = path.rpartition("/")[2]
    assert answer.headers["content-disposition"] == f"attachment; filename=bulk-{job_id}.csv"
    table = list(csv.DictReader(io.StringIO(answer.text)))
    for line, row in zip(table, rows(path), strict=True):
        assert (int(line["line"]), line["smiles"]) == (row["line"], row["smiles"])
        assert [float(number) for number in line["latent"].split()] == pytest.approx(
            row["latent"], rel=1e-8
        )


def test_no_spreadsheet_computes_a_cell(client, create, send, run, rows):
    path = create()
    send(path, "smiles,name\nCCO,=1+1\nCCN,@SUM(A1)\n", "csv")
    run(path)
    table = list(csv.DictReader(io.StringIO(client.get(f"{path}/results").text)))
    assert [row["name"] for row in table] == ["'=1+1", "'@SUM(A1)"]
    assert float(table[0]["logp"]) < 0, "a negative number is none of these"
    assert [row["name"] for row in rows(path)] == ["=1+1", "@SUM(A1)"]


def test_what_is_done_so_far_is_a_part(client, create, send, step, rows):
    path = create()
    send(path)
    assert rows(path) == []
    step(path)
    assert len(rows(path)) == 3
    assert "-partial.csv" in client.get(f"{path}/results").headers["content-disposition"]


def test_parquet_comes_in_groups_as_it_is_computed(client, create, send, run, monkeypatch):
    monkeypatch.setattr(export, "GROUP_ROWS", 4)
    path = create()
    send(path)
    run(path)
    content = client.get(f"{path}/results?format=parquet").content
    file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content))
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert sizes == [6, 1]
    assert parquet(content)["smiles"].to_pylist() == list(library()[:7])


def test_a_draft_has_columns_and_no_rows(client, create):
    answer = client.get(f"{create({'kind': 'encode'})}/results?format=parquet")
    table = parquet(answer.content)
    assert (table.column_names[-1], table.num_rows) == ("latent", 0)


def test_a_format_that_nobody_writes_is_refused(client, create):
    answer = client.get(f"{create()}/results?format=xlsx")
    check_problem(answer, 422, "invalid_request", "/format")
