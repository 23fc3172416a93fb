"""What the form of a new campaign holds: text, as it was typed, also where it cannot be used."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from starlette.datastructures import FormData

from data.filters import CATALOGUES
from data.properties import PROPERTIES

_OBJECTIVE = re.compile(r"o(\d{1,4})\.name")


@dataclass(frozen=True, slots=True)
class ObjectiveFields:
    """One objective; every member is a field of the form, ``o3.target`` that of the fourth."""

    name: str = ""
    source: str = "computed"
    goal: str = "maximize"
    """A direction, or ``curve``."""
    target: str = ""
    tolerance: str = ""
    weight: str = ""
    low: str = ""
    high: str = ""
    curve: str = ""
    """``x:y`` pairs."""
    reference: str = ""
    """SMILES that ``similarity`` is measured to."""
    data: str = ""
    """CSV text that a ``model`` is fitted to."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds of one property."""

    min: str = ""
    max: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it lets everything pass."""
        return not (self.min or self.max)


@dataclass(frozen=True, slots=True)
class Form:
    """Everything; members are the fields' names, but for the objectives and the windows."""

    name: str = ""
    objectives: tuple[ObjectiveFields, ...] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)
    required: str = ""
    """SMARTS, one a line; as the next."""
    forbidden: str = ""
    alerts: tuple[str, ...] = tuple(CATALOGUES)
    similar_to: str = ""
    min_similarity: str = ""
    molecules: str = ""
    """SMILES and a name, one molecule a line."""
    results: str = ""
    """CSV text: a column ``smiles``, and one named after each objective."""
    campaign_id: str = ""
    num_samples: str = "20"
    scalarization: str = "weighted"
    method: str = "auto"
    max_evaluations: str = "200"
    max_seconds: str = ""
    fine_tune_every: str = ""
    batch_size: str = "8"
    seed: str = "0"
    model: str = ""
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Makes a form that is sent twice one campaign."""

    @classmethod
    def of(cls, data: FormData) -> Self:
        """The fields as a browser sent them."""
        numbers = sorted(int(found[1]) for key in data if (found := _OBJECTIVE.fullmatch(key)))
        plain = {
            item.name: _text(data, item.name)
            for item in fields(cls)
            if item.name in data and item.name not in ("objectives", "windows", "alerts")
        }
        return cls(
            **plain,
            objectives=tuple(_objective(data, number) for number in numbers),
            windows={
                name: Window(_text(data, f"min.{name}"), _text(data, f"max.{name}"))
                for name in PROPERTIES
            },
            alerts=tuple(str(item) for item in data.getlist("alerts")),
        )

    def with_objective(self, added: ObjectiveFields) -> Self:
        """The same and one objective more, unless it has one of that name."""
        known = {objective.name for objective in self.objectives}
        if added.name and added.name in known:
            return self
        return replace(self, objectives=(*self.objectives, added))

    def without_objective(self, position: int) -> Self:
        """The same without the objective at ``position``."""
        kept = (item for index, item in enumerate(self.objectives) if index != position)
        return replace(self, objectives=tuple(kept))

    def with_molecules(self, lines: Sequence[str]) -> Self:
        """The same and more molecules to start from."""
        if not lines:
            return self
        before = self.molecules.rstrip("\n")
        return replace(self, molecules="\n".join([*([before] if before else []), *lines]) + "\n")


def _objective(data: FormData, number: int) -> ObjectiveFields:
    names = (item.name for item in fields(ObjectiveFields))
    given: dict[str, Any] = {
        name: _text(data, f"o{number}.{name}") for name in names if f"o{number}.{name}" in data
    }
    return ObjectiveFields(**given)


def _text(data: FormData, name: str) -> str:
    value = data.get(name)
    # Browsers end a line of a text area with CR LF.
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""
