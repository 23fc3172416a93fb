"""The one shape of a failure."""

MEDIA_TYPE = "application/problem+json"


def check_problem(response, status: int, code: str, pointer: str | None = None) -> dict:
    """`response` is a problem of this status and code, pointing where it should."""
    body = response.json()
    assert response.status_code == status, body
    assert response.headers["content-type"] == MEDIA_TYPE
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert body.keys() <= {"type", "title", "status", "detail", "code", "errors"}
    assert (body["type"], body["status"], body["code"]) == ("about:blank", status, code)
    assert body["detail"]
    if pointer is not None:
        assert pointer in [error["pointer"] for error in body["errors"]], body
    return body
