"""An expected failure is one line and an exit code, not a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from app.errors import (
    AppError,
    ConfigurationError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
)
from bayesopt.errors import BayesOptError, SpecError
from chemvae.errors import ChemvaeError
from data.errors import DataError

USAGE = 2
"""What was asked for cannot be done; any other expected failure exits with 1."""

USAGE_ERRORS = (
    SpecError,
    ConfigurationError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
)

Params = ParamSpec("Params")
Result = TypeVar("Result")


def readable_errors(command: Callable[Params, Result]) -> Callable[Params, Result]:
    """Decorate a command so that every error somebody named leaves as one line."""

    @wraps(command)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except ValidationError as error:
            found = "; ".join(_setting(item["loc"], item["msg"]) for item in error.errors())
            raise _exit(found, USAGE) from None
        except USAGE_ERRORS as error:
            raise _exit(str(error), USAGE) from None
        except (AppError, BayesOptError, ChemvaeError, DataError, OSError) as error:
            raise _exit(str(error), 1) from None
        except DBAPIError as error:
            raise _exit(f"the database does not answer: {error.orig}", 1) from None

    return run


def _setting(location: tuple[int | str, ...], message: str) -> str:
    name = "_".join(str(part) for part in location).upper()
    text = message.removeprefix("Value error, ")
    return f"MOLWRIGHT_{name}: {text}" if name else text


def _exit(message: str, code: int) -> typer.Exit:
    typer.echo(f"molwright: {' '.join(message.split())}", err=True)
    return typer.Exit(code)
