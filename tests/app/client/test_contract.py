"""The client and the OpenAPI document say the same, call by call and member by member."""

import pytest
from pydantic import TypeAdapter

from app.access.gate import STORES_NOTHING
from app.client.endpoint import Endpoint
from app.main import create_app
from app.settings import Settings
from tests.app.client.contract import endpoints, operations, parameters, shape

CALLS = sorted(endpoints())


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), _env_file=None)).openapi()


@pytest.fixture
def schemas(document):
    return document["components"]["schemas"]


@pytest.fixture(params=CALLS, ids=lambda call: " ".join(call))
def call(request):
    return request.param


@pytest.fixture
def endpoint(call):
    return endpoints()[call]


@pytest.fixture
def operation(call, document):
    found = operations(document)
    if call not in found:
        pytest.fail("the service has no such call")
    return found[call]


def _success(operation):
    (status,) = (s for s in operation["responses"] if s.startswith("2"))
    return operation["responses"][status].get("content", {})


def test_the_client_has_every_call_of_the_service_and_no_other(document):
    assert set(endpoints()) == set(operations(document))


def test_the_parameters_are_the_same(endpoint, operation):
    assert set(endpoint.query) == parameters(operation, "query")
    in_path = parameters(operation, "path")
    assert endpoint.url({name: name for name in in_path}).count("{") == 0


def test_what_may_be_sent_twice(endpoint, operation):
    takes_key = "idempotency-key" in {n.lower() for n in parameters(operation, "header")}
    assert (endpoint.repeat == "keyed") is takes_key
    if endpoint.repeat == "safe":
        assert endpoint.method in {"GET", "PUT"} or endpoint.path in STORES_NOTHING


def test_the_request_has_the_same_members(endpoint, operation, schemas):
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    assert (endpoint.request is None) is (body is None)
    if body is not None:
        own = TypeAdapter(endpoint.request).json_schema()
        ours = shape(own, _local(own), is_reply=False)
        assert ours == shape(body["schema"], schemas, is_reply=False)


def test_the_reply_has_the_same_members(endpoint, operation, schemas):
    content = _success(operation)
    if endpoint.reply is type(None):
        assert content == {}
    elif endpoint.reply in (str, bytes):
        assert content
    else:
        own = TypeAdapter(endpoint.reply).json_schema()
        theirs = content["application/json"]["schema"]
        ours = shape(own, _local(own), is_reply=True)
        assert ours == shape(theirs, schemas, is_reply=True)


def _local(schema):
    return schema.get("$defs", {})


def test_a_difference_is_seen():
    a = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    b = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
    c = {"type": "object", "properties": {"x": {"type": "integer"}}}
    assert shape(a, {}, is_reply=True) != shape(b, {}, is_reply=True)
    assert shape(a, {}, is_reply=True) == shape(c, {}, is_reply=True)
    assert shape(a, {}, is_reply=False) != shape(c, {}, is_reply=False)


def test_parameters_of_a_path_are_quoted():
    endpoint = Endpoint("GET", "/v1/models/{name}", str)
    assert endpoint.url({"name": "a/b c?"}) == "/v1/models/a%2Fb%20c%3F"
