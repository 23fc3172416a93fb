"""What an oracle takes, declared once: read from JSON, refused by pointer, shown as a schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from bayesopt.errors import SpecError


class Parameters(BaseModel):
    """Base of the parameters of an oracle; a member nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @classmethod
    def read(cls, name: str, given: Mapping[str, Any]) -> Self:
        """The parameters that `given` spells, of the objective `name`.

        Raises:
            SpecError: the first that cannot be used, with its pointer into the objective.
        """
        try:
            return cls.model_validate(dict(given))
        except ValidationError as error:
            first = error.errors()[0]
            pointer = "".join(f"/{part}" for part in ("parameters", *first["loc"]))
            where = pointer.removeprefix("/parameters").lstrip("/") or "parameters"
            raise SpecError(f"{name}: {where}: {first['msg']}", pointer) from error
