"""The errors of the service; each class is one HTTP answer.

    AppError                      500 internal_error
    ├── InvalidRequestError       422 invalid_request   what was sent cannot be used
    ├── UnauthorizedError         401 unauthorized      no key, or one that opens nothing
    ├── ForbiddenError            403 forbidden         a key that is good for less
    ├── NotFoundError             404 not_found         no such id or name
    ├── ConflictError             409 conflict          the state does not allow it
    ├── TooLargeError             413 too_large         more than one request may carry
    ├── TooManyRequestsError      429 too_many_requests
    ├── NotReadyError             503 not_ready         something the answer needs is missing
    ├── ConfigurationError        500 configuration     stops a process at its start
    ├── CopyError                 500 copy_failed       a database did not come out as it was
    └── BackupError               500 bad_backup        a file that nothing can be restored from

``app.problems`` turns them, and the errors of the packages below, into problem+json.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Location = Literal["body", "query", "path", "header"]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One part of a request that cannot be used.

    ``pointer`` is a JSON pointer (RFC 6901) into the body, or ``/name`` of the parameter.
    """

    pointer: str
    detail: str
    location: Location = "body"


class AppError(Exception):
    """Root of the tree: ``status`` is the HTTP status, ``code`` a stable name for programs."""

    status: ClassVar[int] = 500
    code: str = "internal_error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.headers = headers


class InvalidRequestError(AppError):
    """What was sent cannot be used; ``errors`` points at the parts."""

    status = 422
    code = "invalid_request"


class UnauthorizedError(AppError):
    """Who asks did not show a key that is good for anything."""

    status = 401
    code = "unauthorized"


class ForbiddenError(AppError):
    """Who asks is known, and may not do this."""

    status = 403
    code = "forbidden"


class NotFoundError(AppError):
    """Nothing has that id or name."""

    status = 404
    code = "not_found"


class ConflictError(AppError):
    """The resource is in a state that does not allow the call."""

    status = 409
    code = "conflict"


class TooLargeError(AppError):
    """More than one request may carry."""

    status = 413
    code = "too_large"


class TooManyRequestsError(AppError):
    """The caller asks more often than it may."""

    status = 429
    code = "too_many_requests"


class NotReadyError(AppError):
    """Something the answer needs, such as the model, is missing for now."""

    status = 503
    code = "not_ready"


class ConfigurationError(AppError):
    """The settings contradict themselves or name something unknown."""

    code = "configuration"


class CopyError(AppError):
    """A database cannot be copied as it is."""

    code = "copy_failed"


class BackupError(AppError):
    """A file is damaged, no backup, or one of a newer version."""

    code = "bad_backup"
