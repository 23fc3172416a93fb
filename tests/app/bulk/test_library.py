"""What becomes of a library that is sent."""

import gzip
import io

import pytest
from fastapi.testclient import TestClient
from rdkit import Chem

from app.bulk import service, upload
from app.bulk.schemas import NeighboursOperation, SampleOperation
from app.bulk.upload import chunk_rows
from app.main import create_app
from tests.app.bulk.conftest import LIBRARY, SCORE
from tests.app.databases import ON_BOTH
from tests.app.problems import check_problem
from tests.toys import library


@ON_BOTH
def test_a_library_starts_its_job_and_every_row_is_scored(create, send, run, rows):
    path = create()
    sent = send(path)
    assert sent.status_code == 202, sent.text
    assert sent.json()["state"] == "running"
    assert (sent.json()["num_rows"], sent.json()["progress"]) == (7, 0)
    done = run(path)
    assert (done["state"], done["num_results"], done["num_refused"]) == ("succeeded", 7, 0)
    assert (done["progress"], done["estimated_seconds_left"]) == (1, None)
    assert done["rows_per_second"] > 0
    found = rows(path)
    assert [row["line"] for row in found] == list(range(1, 8))
    assert [row["smiles"] for row in found] == list(library()[:7])
    assert found[0]["name"] == "mol-1"
    assert all(0 < row["qed"] < 1 for row in found)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("file_format", ["csv", "smi", "sdf"])
def test_every_format_gives_the_same_molecules(create, send, run, rows, file_format, packed):
    molecules = library()[:4]
    content = {
        "csv": "id;Smiles;pIC50\n" + "".join(f"m;{smiles};5\n" for smiles in molecules),
        "smi": "".join(f"{smiles} m\n" for smiles in molecules),
        "sdf": "".join(
            f"m\n{Chem.MolToMolBlock(Chem.MolFromSmiles(s)).partition(chr(10))[2]}$$$$\n"
            for s in molecules
        ),
    }[file_format].encode()
    path = create()
    assert send(path, gzip.compress(content) if packed else content, file_format).is_success
    assert run(path)["state"] == "succeeded"
    assert [(row["name"], row["smiles"]) for row in rows(path)] == [("m", s) for s in molecules]


@ON_BOTH
def test_refused_rows_are_listed_with_line_and_reason(client, create, send, run, rows):
    content = "smiles,id\nCCO,a\n,empty\nC1CC,ring\nCCO,b,more\n" + "C" * 1001 + ",long\nC\0X,nul\n"
    path = create()
    assert send(path, content, "csv").is_success
    done = run(path)
    assert (done["num_rows"], done["num_rows_done"], done["num_refused"]) == (6, 6, 5)
    assert [row["line"] for row in rows(path)] == [2]
    first = client.get(f"{path}/refused?limit=2").json()
    rest = client.get(f"{path}/refused?after={first['next']}").json()
    items = first["items"] + rest["items"]
    assert (first["total"], rest["next"]) == (5, None)
    assert [(item["line"], item["code"]) for item in items] == [
        (3, "empty"),
        (4, "syntax"),
        (5, "columns"),
        (6, "too_long"),
        (7, "syntax"),
    ]
    assert items[1]["text"] == "C1CC"
    assert "ring" in items[1]["message"]
    assert len(items[3]["text"]) == 200


def test_rows_that_the_model_does_not_know_are_refused(client, create, send, run):
    path = create({"kind": "encode"})
    send(path, "CCO\nCC[Si]\n")
    assert run(path)["num_refused"] == 1
    (item,) = client.get(f"{path}/refused").json()["items"]
    assert (item["line"], item["code"]) == (2, "unknown_token")


def test_a_library_of_nothing_but_refused_rows_is_done_at_once(client, create, send):
    path = create()
    sent = send(path, 'smiles\n""\n""\n', "csv").json()
    assert (sent["state"], sent["num_refused"], sent["progress"]) == ("succeeded", 2, 1)
    header = "line,name,smiles,inchi_key,logp,qed\r\n"
    assert client.get(f"{path}/results").text == header


@pytest.mark.parametrize(
    ("content", "file_format", "says"),
    [
        (b"", "smi", "no rows"),
        (b"id\n1\n", "csv", "no column 'smiles'"),
        (gzip.compress(b"CCO\n" * 1000, mtime=0)[:-9], "smi", "cannot be read"),
        (b"C" * (2**20 + 1), "smi", "line 1 has more than"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_a_draft(
    client, create, send, run, content, file_format, says
):
    path = create()
    problem = check_problem(send(path, content, file_format), 422, "unreadable_library")
    assert says in problem["detail"]
    assert client.get(path).json()["state"] == "draft"
    assert send(path).status_code == 202
    assert run(path)["num_results"] == 7


def test_what_was_sent_before_it_broke_off_is_forgotten(create, send, run, rows):
    path = create()
    damaged = gzip.compress("".join(f"{'C' * n}\n" for n in range(1, 999)).encode())[:-20]
    assert send(path, damaged).status_code == 422
    assert send(path).status_code == 202
    run(path)
    assert [row["line"] for row in rows(path)] == list(range(1, 8))


def test_a_library_that_is_too_large_is_refused(create, send, monkeypatch):
    monkeypatch.setattr(upload, "MAX_ROWS", 6)
    check_problem(send(create()), 413, "too_large")


def test_a_job_has_one_library(create, send):
    path = create()
    assert send(path).status_code == 202
    check_problem(send(path), 409, "wrong_state")


def test_of_two_uploads_the_later_one_counts(create, send, run, rows, monkeypatch):
    path = create()
    read, nested = service.parts, []

    def interrupted(*arguments):
        for part in read(*arguments):
            if not nested:
                nested.append(None)
                nested[0] = send(path, "CCO\nCCN\n")
            yield part

    monkeypatch.setattr(service, "parts", interrupted)
    check_problem(send(path), 409, "conflict")
    assert nested[0].status_code == 202
    assert run(path)["num_results"] == 2
    assert [row["smiles"] for row in rows(path)] == ["CCO", "CCN"]


def test_a_sample_from_the_prior_takes_no_library(create, send):
    path = create({"kind": "sample", "around": "prior", "num_molecules": 4})
    check_problem(send(path), 409, "wrong_state")


def test_long_records_make_short_chunks(monkeypatch):
    monkeypatch.setattr(upload, "CHUNK_CHARACTERS", 1)
    found = upload.parts(io.BytesIO(LIBRARY.encode()), "smi", None, 100)
    assert [len(part.rows) for part in found] == [1] * 7


def test_a_chunk_has_about_as_many_results_whatever_is_done(monkeypatch):
    monkeypatch.setattr(upload, "CHUNK_ROWS", 2_000)
    around = SampleOperation(kind="sample", num_molecules=100)
    assert chunk_rows(around) == 20
    assert chunk_rows(NeighboursOperation(kind="neighbours", references=["C"], k=50)) == 40
    prior = SampleOperation(kind="sample", num_molecules=10**6, around="prior")
    assert chunk_rows(prior) == 2_000


def test_the_body_of_a_library_has_a_limit_of_its_own(settings, source):
    app = create_app(settings.model_copy(update={"max_library_bytes": 10}), model_source=source)
    with TestClient(app) as client:
        path = client.post("/v1/bulk", json={"operation": SCORE}).headers["Location"]
        sent = client.put(f"{path}/library?format=smi", content=LIBRARY)
        check_problem(sent, 413, "too_large")
        assert client.put(f"{path}/library?format=smi", content="CCO\n").status_code == 202
