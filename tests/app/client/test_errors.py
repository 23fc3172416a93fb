"""What the service says reaches whoever called."""

import httpx
import pytest

from app import errors as service
from app.client import AnswerError, Client, ClientError, InvalidRequestError, ProblemError
from app.client import errors as ours


def test_code_pointer_and_message_are_those_of_the_problem_document(molwright, client):
    wanted = {"objectives": [{"name": "qde"}]}
    said = client.post("/v1/campaigns", json=wanted).json()
    with pytest.raises(InvalidRequestError) as caught:
        molwright.campaigns.create(**wanted)
    error = caught.value
    assert error.code == said["code"] == "invalid_request"
    assert error.message == said["detail"]
    assert error.pointer == said["errors"][0]["pointer"] == "/objectives/0/name"
    assert [e.detail for e in error.errors] == [e["detail"] for e in said["errors"]]
    assert error.message in str(error)
    assert error.problem.request_id in str(error)


def test_a_misspelt_argument_is_named(molwright):
    with pytest.raises(InvalidRequestError) as caught:
        molwright.molecules.sample(num_molcules=3)
    assert caught.value.pointer == "/num_molcules"


def test_each_error_of_the_service_has_its_class():
    sent = {k for k in service.AppError.__subclasses__() if k.status != 500}
    assert {k.__name__: k.status for k in sent} == {
        k.__name__: k.status for k in ProblemError.__subclasses__()
    }


def test_the_tree_in_the_docstring_is_the_tree():
    classes = {
        name: kind
        for name, kind in vars(ours).items()
        if isinstance(kind, type) and issubclass(kind, ClientError)
    }
    drawn = {word for word in ours.__doc__.split() if word.endswith("Error")}
    assert drawn == classes.keys()


def _answering(response):
    return Client("http://elsewhere", transport=httpx.MockTransport(lambda _: response))


def test_another_server_altogether():
    client = _answering(httpx.Response(404, text="<html>nginx</html>"))
    with pytest.raises(ours.NotFoundError, match="nginx") as caught:
        client.models.get("zinc250k")
    assert caught.value.code == "not_found"
    assert caught.value.pointer is None


def test_an_answer_of_another_shape():
    client = _answering(httpx.Response(200, text="<html>welcome</html>"))
    with pytest.raises(AnswerError, match="is it Molwright"):
        client.health.live()


def test_a_redirect_is_no_answer():
    client = _answering(httpx.Response(307, headers={"Location": "https://elsewhere"}))
    with pytest.raises(ProblemError, match="307"):
        client.health.live()


def test_what_is_not_json_is_not_sent(molwright, line):
    with pytest.raises(ValueError, match="cannot be sent"):
        molwright.molecules.encode(smiles=[object()])
    assert line.sent == []
