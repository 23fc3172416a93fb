"""Neighbours in libraries that were uploaded as bulk jobs."""

import pytest
from sqlalchemy.exc import OperationalError

from app.access.actor import LOCAL
from app.bulk.repository import BulkRepository
from app.engine.chunks import BulkChunks
from app.known.indexes import KnownIndexes, known_folder
from app.known.libraries import libraries_of
from chemvae.known.rows import Compound
from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from tests.app.known.conftest import MINE
from tests.app.known.test_training import ask
from tests.app.problems import check_problem
from tests.toys import library

SILANE = "CC[Si](C)(C)C"


def test_a_library_keeps_the_standard_form_of_each_row(create, send, run, rows):
    path = create({"kind": "library"})
    send(path, "OCC.Cl ethanol\nC1CC open\nC[Si](C)(C)CC silane\n")
    assert run(path)["num_refused"] == 1
    ethanol, silane = rows(path)
    compound = Compound.of("CCO")
    assert (ethanol["smiles"], ethanol["inchi_key"]) == ("CCO", compound.inchi_key)
    assert ethanol["bits"] == compound.bits.tolist()
    assert len(ethanol["latent"]) == 12
    assert (silane["smiles"], silane["latent"]) == (SILANE, None)


@pytest.mark.parametrize("space", ["latent", "fingerprint"])
def test_the_nearest_of_a_library_are_those_of_a_comparison_with_each(client, model, upload, space):
    library_id = upload([*MINE, SILANE])
    smiles = library()[63]
    found = ask(client, smiles, k=4, space=space, libraries=[library_id])
    assert found["num_compared"] == len(MINE) + 1

    def by_latent(other):
        one, two = (item.mean for item in model.encode([smiles, other]))
        return float((one - two).norm())

    def by_fingerprint(other):
        return -tanimoto(morgan(parse(smiles)), morgan(parse(other)))

    expected = sorted(MINE, key=by_latent if space == "latent" else by_fingerprint)[:4]
    assert [item["smiles"] for item in found["neighbours"]] == expected
    first = found["neighbours"][0]
    assert (first["library"], first["name"]) == (library_id, "mine-3")
    assert first["same_compound"] is True


def test_several_libraries_are_searched_as_one(client, trained_on, upload):
    one, two = upload(MINE[:5]), upload(MINE[5:])
    found = ask(client, MINE[7], k=60, libraries=["training", one, two])
    assert found["num_compared"] == len(trained_on) + len(MINE)
    items = found["neighbours"]
    assert (items[0]["library"], items[0]["smiles"]) == (two, MINE[7])
    assert {item["library"] for item in items} == {"training", one, two}
    distances = [item["fingerprint_distance"] for item in items]
    assert distances == sorted(distances)
    assert len(items) == found["num_compared"]


def test_a_library_of_no_molecules_has_no_neighbours(client, upload):
    found = ask(client, "CCO", libraries=[upload(["C1CC"])])
    assert (found["num_compared"], found["neighbours"]) == (0, [])


def test_only_a_finished_library_can_be_searched(client, create, send, run):
    path = create({"kind": "library"})
    request = {"smiles": "CCO", "libraries": [path.rpartition("/")[2]]}
    check_problem(client.post("/v1/neighbours", json=request), 409, "wrong_state")
    other = create({"kind": "encode"})
    send(other)
    run(other)
    request = {"smiles": "CCO", "libraries": [other.rpartition("/")[2]]}
    check_problem(client.post("/v1/neighbours", json=request), 404, "not_found")


def test_latents_of_another_model_are_not_compared(client, upload, monkeypatch, model):
    library_id = upload()
    ask(client, MINE[0], libraries=[library_id])
    monkeypatch.setattr(type(model), "fingerprint", "other")
    found = ask(client, MINE[0], k=2, libraries=[library_id])["neighbours"]
    assert found[0]["same_compound"] is True
    assert {item["latent_distance"] for item in found} == {None}
    request = {"smiles": MINE[0], "space": "latent", "libraries": [library_id]}
    check_problem(client.post("/v1/neighbours", json=request), 422, "other_model")


def test_a_library_is_indexed_once_a_host(client, app, settings, upload, sessions, monkeypatch):
    library_id = upload()
    ask(client, MINE[0], libraries=[library_id])
    monkeypatch.setattr("app.known.indexes.build_index", None)
    # Another process of the same host.
    other = KnownIndexes(known_folder(settings.data_dir), sessions, app.state.models)
    assert len(other.library(library_id)) == len(MINE)


def test_what_is_deleted_is_gone_from_the_host(client, settings, upload, sessions, app):
    library_id, kept = upload(), upload()
    ask(client, MINE[0], libraries=[library_id])
    folder = known_folder(settings.data_dir) / "libraries"
    assert (folder / library_id).is_dir()
    assert client.delete(f"/v1/bulk/{library_id}").status_code == 204
    assert list(folder.iterdir()) == []
    request = {"smiles": "CCO", "libraries": [library_id]}
    check_problem(client.post("/v1/neighbours", json=request), 404, "not_found")
    # Of a library that was deleted by way of another host, the folder goes with the next build.
    (folder / library_id).mkdir()
    ask(client, MINE[0], libraries=[kept])
    assert {path.name for path in folder.iterdir()} == {kept, f"{kept}.lock"}


def test_libraries_are_listed(client, create, upload, sessions):
    library_id = upload()
    create({"kind": "encode"})
    listed = client.get("/v1/bulk", params={"kind": "library"}).json()
    assert (listed["total"], [item["id"] for item in listed["items"]]) == (1, [library_id])
    with sessions() as session:
        assert libraries_of(session, LOCAL.owner) == [library_id]
        assert libraries_of(session, "alice") == []


@pytest.mark.parametrize("space", ["latent", "fingerprint"])
def test_each_row_of_a_job_gets_the_nearest_of_libraries(
    client, trained_on, upload, create, send, run, rows, space
):
    library_id = upload()
    libraries = ["training", library_id]
    path = create({"kind": "neighbours", "libraries": libraries, "k": 2, "space": space})
    send(path, f"{MINE[2]} a\n{SILANE} b\n{trained_on[5]} c\n")
    job = run(path)
    found = rows(path)
    assert [row["rank"] for row in found] == [1, 2] * (len(found) // 2)
    assert {row["name"] for row in found} == ({"a", "c"} if space == "latent" else {"a", "b", "c"})
    assert job["num_refused"] == (1 if space == "latent" else 0)
    for row in found[::2]:
        asked = ask(client, row["smiles"], k=2, space=space, libraries=libraries)
        first = asked["neighbours"][0]
        assert (row["library"], row["neighbour"]) == (first["library"], first["smiles"])
        assert row["neighbour_name"] == first["name"]
        assert row["fingerprint_distance"] == first["fingerprint_distance"]
        assert row["latent_distance"] == pytest.approx(first["latent_distance"])


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"libraries": ["0" * 32]}, 404, "not_found"),
        ({"libraries": ["training"], "references": ["CCO"]}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
def test_a_job_that_has_nowhere_to_look_is_refused(client, members, status, code):
    operation = {"kind": "neighbours"} | members
    check_problem(client.post("/v1/bulk", json={"operation": operation}), status, code)


def test_a_job_fails_where_the_training_set_is_not_indexed(create, send, run):
    path = create({"kind": "neighbours", "libraries": ["training"]})
    send(path, "CCO\n")
    job = run(path)
    assert job["state"] == "failed"
    assert "molwright index" in job["reason"]


def test_a_database_that_goes_away_meanwhile_ends_no_job(
    app, tmp_path, upload, create, send, sessions, client, away
):
    path = create({"kind": "neighbours", "libraries": [upload()]})
    send(path, "CCO\n")
    known = KnownIndexes(tmp_path / "elsewhere", away, app.state.models)
    with sessions() as session:
        job = BulkRepository(session).get(path.rpartition("/")[2])
    with pytest.raises(OperationalError):
        BulkChunks(sessions, app.state.models, known).compute(job.id, job.run_id, 0)
    assert client.get(path).json()["state"] == "running"
