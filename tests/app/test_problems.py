import errno

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app import errors
from app.problems import add_problem_handlers
from chemvae.errors import CheckpointError
from data.errors import FilterError, MoleculeError, PropertyError
from tests.app.problems import check_problem

RAISED = {
    "invalid": (errors.InvalidRequestError("x"), 422, "invalid_request"),
    "missing": (errors.NotFoundError("x"), 404, "not_found"),
    "conflict": (errors.ConflictError("x", code="wrong_state"), 409, "wrong_state"),
    "large": (errors.TooLargeError("x"), 413, "too_large"),
    "often": (errors.TooManyRequestsError("x"), 429, "too_many_requests"),
    "unready": (errors.NotReadyError("x"), 503, "not_ready"),
    "molecule": (MoleculeError("syntax", "x"), 422, "syntax"),
    "property": (PropertyError("x"), 422, "invalid_request"),
    "filter": (FilterError("x"), 422, "invalid_request"),
    "checkpoint": (CheckpointError("x"), 503, "not_ready"),
    "database": (OperationalError("SELECT 1", {}, Exception("the secret")), 503, "database"),
    "pool": (PoolTimeoutError("the secret"), 503, "database"),
    "gone": (
        DBAPIError("SELECT 1", {}, Exception("the secret"), connection_invalidated=True),
        503,
        "database",
    ),
    "full": (OSError(errno.ENOSPC, "the secret"), 503, "disk_full"),
    "file": (OSError(errno.EACCES, "the secret"), 500, "internal_error"),
    "bug": (ZeroDivisionError("the secret of line 7"), 500, "internal_error"),
}


@pytest.fixture
def raising():
    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/raise/{name}")
    def route(name: str) -> None:
        raise RAISED[name][0]

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", RAISED)
def test_every_error_has_the_one_shape(raising, name):
    _, status, code = RAISED[name]
    check_problem(raising.get(f"/raise/{name}"), status, code)


def test_a_bug_tells_nothing_of_itself(raising):
    response = raising.get("/raise/bug")
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_every_error_class_has_a_status_and_a_code_of_its_own():
    classes = errors.AppError.__subclasses__()
    assert len({kind.code for kind in classes}) == len(classes)
    assert all(400 <= kind.status < 600 for kind in classes)


def test_an_unknown_path_and_a_wrong_method(client):
    check_problem(client.get("/v1/nothing"), 404, "not_found")
    response = client.get("/v1/encode")
    check_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"
    # Of three routes, each for some methods of the same path.
    several = client.post("/v1/campaigns/x")
    assert several.headers["allow"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (b"{}", "/smiles"),
        (b'{"smiles": []}', "/smiles"),
        (b'{"smiles": ["C", 3]}', "/smiles/1"),
        (b'{"smiles": ["C"], "smile/s~": 1}', "/smile~1s~0"),
    ],
)
def test_a_bad_body_is_pointed_at(client, body, pointer):
    response = client.post("/v1/encode", content=body, headers={"content-type": "application/json"})
    check_problem(response, 422, "invalid_request", pointer)


@pytest.mark.parametrize(
    "body",
    [
        b'{"smiles": ["C"], "\\ud800": 1}',
        b'{"smiles": ["C"], "seed": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_hostile_body_is_refused(client, body):
    response = client.post("/v1/encode", content=body, headers={"content-type": "application/json"})
    check_problem(response, 422, "invalid_request")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "must be a JSON object"),
        (b"{}", "/smiles: is required"),
        (b'{"smiles": "C"}', "/smiles: must be a list"),
        (b'{"smiles": ["C"], "smile": 1}', "/smile: no such field"),
        (b"[" * 100_000, "nests too deep"),
    ],
)
def test_a_refusal_does_not_speak_of_python(client, body, words):
    response = client.post("/v1/encode", content=body, headers={"content-type": "application/json"})
    assert words in check_problem(response, 422, "invalid_request")["detail"]


def test_a_forgotten_content_type_is_named(client):
    response = client.post("/v1/encode", content=b'{"smiles": ["C"]}')
    assert "Content-Type" in check_problem(response, 422, "invalid_request")["detail"]


def test_a_bad_parameter_is_pointed_at(client):
    response = client.get("/v1/molecules/depiction.svg?smiles=C&width=wide")
    body = check_problem(response, 422, "invalid_request", "/width")
    assert body["errors"][0]["location"] == "query"


def test_many_bad_parts_do_not_make_a_long_answer(client):
    body = check_problem(
        client.post("/v1/encode", json={"smiles": [1] * 1000}), 422, "invalid_request"
    )
    assert len(body["errors"]) == 20
