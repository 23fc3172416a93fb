"""What can go wrong with a call.

ClientError
├── NoAnswerError                 nobody answered, or not in time
├── AnswerError                   an answer that is not of the contract
├── ProblemError                  the service said no, and why
│   ├── InvalidRequestError       422   what was sent cannot be used
│   ├── UnauthorizedError         401   no key, or one that opens nothing
│   ├── ForbiddenError            403   a key that is good for less
│   ├── NotFoundError             404   no such id or name
│   ├── ConflictError             409   the state does not allow it
│   ├── TooLargeError             413   more than one request may carry
│   ├── TooManyRequestsError      429
│   └── NotReadyError             503   something is missing, or it took too long
├── CampaignFailedError           a campaign that was waited for ended by an error
├── StillRunningError             a campaign that was waited for runs on
├── NothingToDrawError            what a picture is to show is not there, or not yet
└── MissingPackageError           an optional package is not installed
"""

from dataclasses import dataclass
from typing import ClassVar


class ClientError(Exception):
    """Root of the tree."""


class NoAnswerError(ClientError):
    """No answer came; ``was_sent``: the service may have got the request all the same."""

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class AnswerError(ClientError):
    """The answer is not one of the contract: of another service, or of another version."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One part of a request that cannot be used.

    ``pointer`` is a JSON pointer (RFC 6901) into the body, or ``/name`` of the parameter;
    ``location`` is ``body``, ``query``, ``path`` or ``header``.
    """

    pointer: str
    detail: str
    location: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document (RFC 9457), and what its answer's headers said.

    ``retry_after``: seconds after which the service wants to be asked again; None: it did not say.
    """

    status: int
    code: str
    message: str
    errors: tuple[FieldError, ...] = ()
    request_id: str | None = None
    retry_after: float | None = None


class ProblemError(ClientError):
    """The service did not do it; the members of its problem document are attributes."""

    status: ClassVar[int | None] = None
    """The HTTP status that a class is for; the root is for those that have no class."""

    def __init__(self, problem: Problem) -> None:
        logged = f", request {problem.request_id}" if problem.request_id else ""
        super().__init__(f"{problem.message} ({problem.status} {problem.code}{logged})")
        self.problem = problem

    @property
    def code(self) -> str:
        """Stable name of the reason, for programs."""
        return self.problem.code

    @property
    def message(self) -> str:
        """What happened, in plain words."""
        return self.problem.message

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """The parts of the request that cannot be used."""
        return self.problem.errors

    @property
    def pointer(self) -> str | None:
        """Where the first of them is; None: the service named no part."""
        return self.errors[0].pointer if self.errors else None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before asking again; None: the service did not say."""
        return self.problem.retry_after


class InvalidRequestError(ProblemError):
    """What was sent cannot be used; ``errors`` points at the parts."""

    status = 422


class UnauthorizedError(ProblemError):
    """The service asks for a key: the argument ``api_key``, or ``MOLWRIGHT_API_KEY``."""

    status = 401


class ForbiddenError(ProblemError):
    """The key is known, and may not do this."""

    status = 403


class NotFoundError(ProblemError):
    """Nothing has that id or name, or it is somebody else's."""

    status = 404


class ConflictError(ProblemError):
    """The resource is in a state that does not allow the call."""

    status = 409


class TooLargeError(ProblemError):
    """More than one request may carry."""

    status = 413


class TooManyRequestsError(ProblemError):
    """The key asks more often than it may, even after waiting as long as it was told to."""

    status = 429


class NotReadyError(ProblemError):
    """Something that the answer needs is missing for now, or the answer took too long."""

    status = 503


class CampaignFailedError(ClientError):
    """A campaign stopped by an error; the message is its reason."""


class StillRunningError(ClientError):
    """A campaign runs on, and the time to wait for it is over; nothing happened to it."""


class NothingToDrawError(ClientError):
    """What a picture is to show is not there, or not yet."""


class MissingPackageError(ClientError, ImportError):
    """A package that this call alone needs is not installed."""
