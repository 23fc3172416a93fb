"""The one way out: every call is sent, tried again and read here."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic_core import to_json

from app.client.answers import error_of, reply_of
from app.client.endpoint import Endpoint
from app.client.errors import NoAnswerError
from app.client.retries import Retries

T = TypeVar("T")

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before a byte of the request left."""


PIECE_BYTES = 1 << 16
"""Of a file that is sent, in memory at a time."""


class Transport:
    """Sends calls through ``http``, which knows the address and the key."""

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        self._http = http
        self._retries = retries

    def call(
        self,
        endpoint: Endpoint[T],
        *,
        path: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        body: object = None,
        key: str | None = None,
    ) -> T:
        """The answer to a call.

        Args:
            endpoint: What is called.
            path: Values of the path's parameters.
            query: Values of the query's parameters; None: left out.
            body: Anything that pydantic writes as JSON, or that has ``tolist`` as arrays have.
            key: Idempotency key; None: a new one, if the call takes any.

        Raises:
            NoAnswerError: nobody answered.
            ProblemError: the service did not do it.
            AnswerError: the answer is not of the contract.
            ValueError: the body holds what cannot be sent.
        """
        keyed, request = self._request(endpoint, path, query, body, key)

        def send() -> T:
            with _named(request):
                response = self._http.send(request)
            _check(endpoint, response)
            return reply_of(endpoint, response)

        return self._retries.run(endpoint, keyed, send)

    def upload(
        self,
        endpoint: Endpoint[T],
        file: Path,
        *,
        path: Mapping[str, object],
        query: Mapping[str, object],
    ) -> T:
        """The answer to a call whose body is a file, which is sent piece by piece.

        Raises:
            NoAnswerError: nobody answered.
            ProblemError: the service did not do it.
            OSError: the file cannot be read.
        """

        def send() -> T:
            with file.open("rb") as opened:
                pieces = iter(partial(opened.read, PIECE_BYTES), b"")
                _, request = self._request(endpoint, path, query, None, None, pieces)
                with _named(request):
                    response = self._http.send(request)
            _check(endpoint, response)
            return reply_of(endpoint, response)

        return self._retries.run(endpoint, False, send)

    def download(
        self,
        endpoint: Endpoint[bytes],
        target: Path,
        *,
        path: Mapping[str, object],
        query: Mapping[str, object],
    ) -> None:
        """Write the answer to a file, piece by piece; it appears when it is complete.

        Raises:
            NoAnswerError: nobody answered, or the answer broke off.
            ProblemError: the service did not do it.
            OSError: the file cannot be written.
        """
        keyed, request = self._request(endpoint, path, query, None, None)
        part = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")

        def send() -> None:
            with _named(request):
                response = self._http.send(request, stream=True)
                try:
                    if not response.is_success:
                        response.read()
                    _check(endpoint, response)
                    with part.open("wb") as file:
                        for piece in response.iter_bytes():
                            file.write(piece)
                finally:
                    response.close()

        try:
            self._retries.run(endpoint, keyed, send)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _request(
        self,
        endpoint: Endpoint[Any],
        path: Mapping[str, object] | None,
        query: Mapping[str, object] | None,
        body: object,
        key: str | None,
        content: Iterator[bytes] | bytes | None = None,
    ) -> tuple[bool, httpx.Request]:
        headers = {}
        if endpoint.repeat == "keyed":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = to_json(body, fallback=_as_list)
        params = {name: str(v) for name, v in (query or {}).items() if v is not None}
        request = self._http.build_request(
            endpoint.method,
            endpoint.url(path or {}),
            params=params,
            content=content,
            headers=headers,
        )
        return "Idempotency-Key" in headers, request


def _check(endpoint: Endpoint[Any], response: httpx.Response) -> None:
    if not response.is_success and response.status_code not in endpoint.accepts:
        raise error_of(response)


def _as_list(value: Any) -> object:  # noqa: ANN401
    to_list: Callable[[], object] | None = getattr(value, "tolist", None)
    if to_list is None:
        raise TypeError(f"{value!r} cannot be sent: it is not JSON")
    return to_list()


@contextmanager
def _named(request: httpx.Request) -> Iterator[None]:
    """Give a failed exchange the name of the client's own tree."""
    try:
        yield
    except httpx.TransportError as error:
        why = str(error) or type(error).__name__
        raise NoAnswerError(
            f"{request.method} {request.url} got no answer: {why}",
            was_sent=not isinstance(error, NOT_SENT),
        ) from error
