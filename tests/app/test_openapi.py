"""What `/docs` tells a client: every field has a description and an example."""

import pytest


@pytest.fixture
def openapi(client):
    return client.get("/openapi.json").json()


def _fields(openapi):
    for name, schema in openapi["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            yield f"{name}.{field}", described


def test_every_field_has_a_description(openapi):
    schemas = openapi["components"]["schemas"]

    def is_described(field):
        # Pydantic leaves out a field's description where the schema it refers to says the same.
        referred = schemas.get(field.get("$ref", "").rpartition("/")[2], {})
        return "description" in field or "description" in referred

    assert [name for name, field in _fields(openapi) if not is_described(field)] == []


def test_every_field_of_a_value_has_an_example(openapi):
    def is_value(field):
        # A field made of other schemas shows their examples.
        return "$ref" not in str(field)

    missing = [n for n, f in _fields(openapi) if is_value(f) and "examples" not in f]
    assert missing == []


def test_every_parameter_is_described(openapi):
    parameters = [
        parameter
        for path in openapi["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
    ]
    assert parameters
    assert [p["name"] for p in parameters if not p.get("description")] == []


def test_every_operation_says_what_it_does_and_how_it_fails(openapi):
    for path, operations in openapi["paths"].items():
        for operation in operations.values():
            # A summary that FastAPI makes of the function's name has no full stop.
            said = operation.get("description") or operation["summary"]
            assert "." in said, path
            assert {"4XX", "5XX"} <= operation["responses"].keys(), path
            failure = operation["responses"]["4XX"]["content"]
            assert failure.keys() == {"application/problem+json"}, path


def test_the_examples_of_the_requests_work(client, openapi):
    for path in ("/v1/encode", "/v1/properties", "/v1/sample"):
        schema = openapi["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        name = schema["schema"]["$ref"].rpartition("/")[2]
        fields = openapi["components"]["schemas"][name]["properties"]
        example = {
            field: described["examples"][0]
            for field, described in fields.items()
            if field != "model" and "examples" in described
        }
        assert client.post(path, json=example).status_code == 200, example


def test_a_service_without_keys_takes_a_request_that_shows_none(openapi):
    assert {} in openapi["paths"]["/v1/campaigns"]["post"]["security"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/sample", {"num_molecules": "3"}, "/num_molecules"),
        ("/v1/sample", {"unique": 1}, "/unique"),
        ("/v1/decode", {"latents": [[False] * 12]}, "/latents/0/0"),
    ],
)
def test_a_value_of_another_type_is_not_taken_for_what_it_may_mean(client, path, body, pointer):
    problem = client.post(path, json=body).json()
    assert pointer in [error["pointer"] for error in problem["errors"]]


def test_the_page_is_there(client):
    assert client.get("/docs").status_code == 200
