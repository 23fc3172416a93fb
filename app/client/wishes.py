"""What is wanted of a molecule: plain dictionaries, the same in requests and in replies."""

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

Scalarization = Literal["weighted", "geometric", "pareto"]


class Wish(TypedDict):
    """Base; members that a newer service adds are kept, so that what was read can be sent."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]


class DesirabilityPoint(Wish):
    """How good (``y``, 0 to 1) a value ``x`` is."""

    x: float
    y: float


class Objective(Wish):
    """One property to push up, down, or to a target."""

    name: str
    direction: NotRequired[Literal["maximize", "minimize", "target"]]
    target: NotRequired[float | None]
    tolerance: NotRequired[float]
    weight: NotRequired[float]
    source: NotRequired[Literal["computed", "measured", "model", "http"]]
    parameters: NotRequired[dict[str, Any]]
    low: NotRequired[float | None]
    high: NotRequired[float | None]
    desirability: NotRequired[list[DesirabilityPoint] | None]


class PropertyWindow(Wish):
    """A computed property between two bounds, either of which may be left open."""

    property: str
    min: NotRequired[float | None]
    max: NotRequired[float | None]


class Substructure(Wish):
    """A pattern the molecule must have, or must not (``required`` false)."""

    smarts: str
    required: NotRequired[bool]


class Alerts(Wish):
    """No structural alert of the named catalogues: PAINS, BRENK."""

    alerts: list[str]


class SimilarTo(Wish):
    """A molecule it must resemble, or one of several."""

    similar_to: str | list[str]
    min_similarity: float


Constraint = PropertyWindow | Substructure | Alerts | SimilarTo
