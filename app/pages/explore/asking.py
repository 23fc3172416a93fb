"""What the address of a page asks for, and why it cannot be answered where it cannot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import ImmutableMultiDict

from app.errors import AppError, ConflictError, InvalidRequestError
from app.pages.forms import from_text
from app.problems import field_error
from app.schemas import RequestSchema
from data.errors import DataError

R = TypeVar("R", bound=RequestSchema)
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot be used."""

    field: str
    """Name of the field; empty where it is not of one."""
    text: str


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """The fields of a form as they were typed, and the request that they make."""

    values: Mapping[str, Any]
    request: R | None
    problems: tuple[Problem, ...] = ()

    def answered(self, answer: Callable[[R], A]) -> tuple[A | None, tuple[Problem, ...]]:
        """What ``answer`` makes of the request, or why there is nothing."""
        if self.request is None:
            return None, self.problems
        try:
            return answer(self.request), ()
        except (InvalidRequestError, ConflictError, DataError) as error:
            return None, problems_of(error)


def ask(
    schema: type[R],
    given: ImmutableMultiDict[str, str],
    usual: Mapping[str, Any],
    needed: tuple[str, ...],
) -> Asked[R]:
    """Read a request from an address.

    Args:
        schema: What the REST route of the same work takes; a field has its name.
        given: Parameters of the address; an empty one counts as left out.
        usual: Values of the fields that are left out.
        needed: Fields without which nothing is asked yet.
    """
    typed = {
        # A field that is usually a list may be given several times.
        name: given.getlist(name) if isinstance(usual.get(name), list) else given[name].strip()
        for name in schema.model_fields
        if name in given
    }
    values = {**usual, **{name: value for name, value in typed.items() if value}}
    shown = {**dict.fromkeys(schema.model_fields, ""), **values}
    if any(name not in values for name in needed):
        return Asked(shown, None)
    try:
        return Asked(shown, from_text(schema, values))
    except ValidationError as error:
        return Asked(shown, None, problems_of(error))


def problems_of(error: AppError | DataError | ValidationError) -> tuple[Problem, ...]:
    """What is wrong, one by one; whatever is no fault of who asks is raised again.

    Raises:
        AppError: the service cannot answer, or has no such thing.
    """
    if isinstance(error, ValidationError):
        return tuple(map(_problem, error.errors()))
    if isinstance(error, DataError):
        return (Problem("", str(error)),)
    if not isinstance(error, InvalidRequestError | ConflictError):
        raise error
    found = tuple(Problem(item.pointer.strip("/"), item.detail) for item in error.errors)
    return found or (Problem("", error.detail),)


def _problem(error: ErrorDetails) -> Problem:
    found = field_error({**error, "loc": ("query", *error["loc"])})
    return Problem(found.pointer.strip("/"), found.detail)
