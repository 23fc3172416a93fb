"""What is computed of a row."""

import pytest

from app.bulk import operations
from app.bulk.repository import BulkRepository
from tests.app.bulk.conftest import LIBRARY
from tests.app.problems import check_problem
from tests.toys import library


def test_encode_gives_the_latents_of_the_model(create, send, run, rows, model):
    path = create({"kind": "encode"})
    send(path)
    run(path)
    found = rows(path)
    assert len(found) == 7
    for row, encoding in zip(found, model.encode(library()[:7]), strict=True):
        assert row["latent"] == encoding.mean.tolist()


def test_score_gives_the_values_of_the_properties_endpoint(client, create, send, run, rows):
    path = create({"kind": "score", "properties": ["tpsa", "logp"]})
    send(path)
    run(path)
    asked = {"smiles": list(library()[:7]), "properties": ["tpsa", "logp"]}
    items = client.post("/v1/properties", json=asked).json()["items"]
    assert [{n: row[n] for n in ("tpsa", "logp")} for row in rows(path)] == [
        item["properties"] for item in items
    ]


def test_samples_around_a_row_at_radius_0_are_what_it_decodes_to(create, send, run, rows):
    operation = {"kind": "sample", "num_molecules": 4, "scaled_radius": 0, "properties": ["qed"]}
    path = create(operation)
    send(path)
    run(path)
    found = rows(path)
    assert [(r["line"], r["start"], r["smiles"]) for r in found] == [
        (line, smiles, smiles) for line, smiles in enumerate(library()[:7], start=1)
    ]
    assert {(row["frequency"], row["similarity"]) for row in found} == {(4, 1.0)}


def test_samples_around_a_row_are_apart_from_it_and_the_same_with_the_same_seed(
    create, send, run, rows
):
    def sample(seed):
        path = create({"kind": "sample", "num_molecules": 5, "scaled_radius": 2, "seed": seed})
        send(path)
        assert run(path)["state"] == "succeeded"
        return rows(path)

    first = sample(1)
    assert any(row["smiles"] != row["start"] for row in first)
    frequencies = {}
    for row in first:
        frequencies[row["line"]] = frequencies.get(row["line"], 0) + row["frequency"]
    assert max(frequencies.values()) <= 5
    assert sample(1) == first
    assert sample(2) != first


def test_the_prior_is_sampled_without_a_library_and_no_two_chunks_are_alike(
    client, create, run, rows
):
    operation = {"kind": "sample", "around": "prior", "num_molecules": 7, "seed": 3}
    path = create(operation)
    job = client.get(path).json()
    assert (job["state"], job["num_rows"]) == ("running", 7)
    done = run(path)
    found = rows(path)
    assert done["num_results"] + done["num_refused"] == 7
    refused = client.get(f"{path}/refused").json()["items"]
    assert sorted([row["line"] for row in found] + [item["line"] for item in refused]) == [
        *range(1, 8)
    ]
    assert [row["smiles"] for row in found[:3]] != [row["smiles"] for row in found[3:6]]
    again = create(operation)
    run(again)
    assert rows(again) == found


def test_a_decode_that_is_no_molecule_is_refused_with_its_number(client, create, run):
    path = create({"kind": "sample", "around": "prior", "num_molecules": 200, "seed": 1})
    assert run(path)["num_refused"] > 0
    item = client.get(f"{path}/refused").json()["items"][0]
    assert item["code"] == "invalid_decode"


def test_a_seed_that_is_not_given_is_told(client, create):
    path = create({"kind": "sample", "num_molecules": 2})
    assert isinstance(client.get(path).json()["operation"]["seed"], int)


@pytest.mark.parametrize("space", ["latent", "fingerprint"])
def test_neighbours_are_the_nearest_references(create, send, run, rows, space):
    references = [*library()[:2], library()[0]]
    path = create({"kind": "neighbours", "references": references, "k": 2, "space": space})
    send(path)
    run(path)
    found = rows(path)
    assert [row["rank"] for row in found] == [1, 2] * 7
    own = [row for row in found if row["smiles"] == references[1]]
    assert [row["neighbour"] for row in own] == [references[1], references[0]]
    assert own[0]["latent_distance"] == own[0]["fingerprint_distance"] == 0
    assert own[1]["fingerprint_distance"] > 0


def test_references_are_encoded_once_a_job(create, send, run, monkeypatch):
    path = create({"kind": "neighbours", "references": list(library()[:2])})
    send(path)
    build, calls = operations.LatentLibrary.build, []

    def counted(*arguments):
        calls.append(arguments)
        return build(*arguments)

    monkeypatch.setattr(operations.LatentLibrary, "build", counted)
    assert run(path)["state"] == "succeeded"
    assert len(calls) == 1


def test_a_reference_that_cannot_be_used_is_pointed_at(client):
    operation = {"kind": "neighbours", "references": ["CCO", "C1CC", "CC[Si]"]}
    response = client.post("/v1/bulk", json={"operation": operation})
    check_problem(response, 422, "invalid_request", "/operation/references/1")
    check_problem(response, 422, "invalid_request", "/operation/references/2")


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({"kind": "dock"}, "/operation"),
        ({"kind": "score", "properties": ["qedd"]}, "/operation/properties/0"),
        ({"kind": "score", "properties": []}, "/operation/properties"),
        ({"kind": "sample", "num_molecules": 101}, "/operation"),
        ({"kind": "encode", "k": 1}, "/operation/k"),
    ],
)
def test_an_operation_that_cannot_be_done_is_pointed_at(client, operation, pointer):
    response = client.post("/v1/bulk", json={"operation": operation})
    check_problem(response, 422, "invalid_request", pointer)


def test_a_model_that_is_not_there_is_missing(client):
    response = client.post("/v1/bulk", json={"operation": {"kind": "encode"}, "model": "no"})
    check_problem(response, 404, "not_found")


def test_an_error_fails_the_job_with_its_reason_and_it_can_go_on(
    client, create, send, step, run, rows, monkeypatch
):
    path = create()
    send(path, LIBRARY)
    step(path)

    def broken(*_):
        raise RuntimeError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr("app.engine.chunks.compute", broken)
        assert step(path) is False
    job = client.get(path).json()
    assert (job["state"], job["reason"]) == ("failed", "RuntimeError: no memory")
    assert job["num_rows_done"] == 3
    assert client.post(f"{path}/resume").status_code == 202
    assert (run(path)["state"], len(rows(path))) == ("succeeded", 7)


def test_other_weights_fail_the_job(client, create, send, step, sessions):
    path = create()
    send(path)
    with sessions.begin() as session:
        BulkRepository(session).get(path.rpartition("/")[2]).model_hash = "other"
    step(path)
    assert "other weights of 'toy'" in client.get(path).json()["reason"]
