"""A part of the map, as an address spells it, and the map in squares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import FieldError, InvalidRequestError
from app.maps.kept import KeptMap, Polygon

MAX_CORNERS = 200
SQUARES = 4
"""Along each side of the map, of the table that stands for it."""


def polygon(area: str) -> Polygon:
    """The corners in ``x,y x,y ...``.

    Raises:
        InvalidRequestError: it is no polygon.
    """
    try:
        corners = np.array([[float(part) for part in pair.split(",")] for pair in area.split()])
    except ValueError:
        corners = np.empty(0)
    good = corners.ndim == 2 and corners.shape[1] == 2 and 3 <= len(corners) <= MAX_CORNERS
    if not good or not np.isfinite(corners).all():
        detail = f"an area is 3 to {MAX_CORNERS} corners as in 0,0 1,0 1,1"
        raise InvalidRequestError(detail, errors=[FieldError("/area", detail, "query")])
    return corners


@dataclass(frozen=True, slots=True)
class Square:
    """One square of the map."""

    x: tuple[float, float]
    y: tuple[float, float]
    count: int
    means: Sequence[float]
    """Of each property."""

    @property
    def area(self) -> str:
        """Its corners, as an address spells them."""
        (left, right), (low, high) = self.x, self.y
        corners = ((left, low), (right, low), (right, high), (left, high))
        return " ".join(f"{x:.7g},{y:.7g}" for x, y in corners)


def squares(kept: KeptMap) -> list[Square]:
    """The map in squares that hold something, from the upper left to the lower right."""
    places = kept.coordinates.numpy()
    values = kept.values.numpy()
    lines = [_lines(column) for column in places.T]
    column, row = (
        np.clip(np.digitize(at, line) - 1, 0, SQUARES - 1)
        for at, line in zip(places.T, lines, strict=True)
    )
    found = []
    for j in reversed(range(SQUARES)):
        for i in range(SQUARES):
            within = (column == i) & (row == j)
            if within.any():
                across, up = (
                    (float(line[k]), float(line[k + 1]))
                    for line, k in zip(lines, (i, j), strict=True)
                )
                means = values[within].mean(0).tolist()
                found.append(Square(across, up, int(within.sum()), means))
    return found


def _lines(at: NDArray[np.float32]) -> NDArray[np.float64]:
    """Equally spaced over all but the outermost percent, which the outer squares reach out to."""
    low, high = np.percentile(at, (0.5, 99.5))
    lines = np.linspace(low, high, SQUARES + 1)
    lines[0], lines[-1] = at.min() - 0.01, at.max() + 0.01
    return lines
