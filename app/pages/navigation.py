"""What the top of every page leads to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One entry."""

    name: str
    path: str


PLACES = (
    Place("Campaigns", "/campaigns"),
    Place("New campaign", "/campaigns/new"),
    Place("Explore", "/explore"),
    Place("Map", "/map"),
    Place("API", "/docs"),
)


def current(path: str) -> str | None:
    """Path of the entry that the page at ``path`` belongs to: the longest that begins it."""
    found = [place.path for place in PLACES if f"{path}/".startswith(f"{place.path}/")]
    return max(found, key=len, default=None)
