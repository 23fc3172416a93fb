"""Boxes and arrows as SVG that takes its colours from the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

LINE = 17
"""Pixels from one line of text to the next."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a title and lines below it; ``kind`` is its class in the style sheet."""

    x: float
    y: float
    width: float
    title: str
    lines: tuple[str, ...] = ()
    kind: str = "plain"

    @property
    def height(self) -> float:
        """What its text needs."""
        return 34 + LINE * len(self.lines)

    def at(self, side: str, share: float = 0.5) -> Point:
        """A point on its edge: ``left``, ``right``, ``top`` or ``bottom``."""
        along_x, along_y = self.x + share * self.width, self.y + share * self.height
        return {
            "left": (self.x, along_y),
            "right": (self.x + self.width, along_y),
            "top": (along_x, self.y),
            "bottom": (along_x, self.y + self.height),
        }[side]

    def svg(self) -> str:
        """The rectangle and its text."""
        left = self.x + 14
        said = [f'<text class="title" x="{left}" y="{self.y + 22}">{escape(self.title)}</text>']
        said += [
            f'<text x="{left}" y="{self.y + 23 + LINE * place}">{escape(line)}</text>'
            for place, line in enumerate(self.lines, 1)
        ]
        return (
            f'<g class="box {self.kind}"><rect x="{self.x}" y="{self.y}" width="{self.width}" '
            f'height="{self.height}" rx="6"/>{"".join(said)}</g>'
        )


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line through points, its head at the last; ``label`` stands beside ``label_at``."""

    points: Sequence[Point]
    label: str = ""
    label_at: Point = (0, 0)
    kind: str = "plain"

    def svg(self, head: str) -> str:
        """The line with its label; ``head`` is the marker of its end."""
        path = " ".join(f"{x:g},{y:g}" for x, y in self.points)
        x, y = self.label_at
        said = f'<text x="{x:g}" y="{y:g}">{escape(self.label)}</text>' if self.label else ""
        line = f'<polyline points="{path}" marker-end="url(#{head})"/>'
        return f'<g class="arrow {self.kind}">{line}{said}</g>'


def drawing(
    name: str, width: float, height: float, about: str, parts: Iterable[Box | Arrow]
) -> str:
    """An SVG of the given size, described for who cannot see it."""
    head = f"head-{name}"
    inside = "".join(part.svg(head) if isinstance(part, Arrow) else part.svg() for part in parts)
    return (
        f'<svg class="diagram" role="img" aria-label="{escape(about)}" '
        f'viewBox="0 0 {width:g} {height:g}" style="max-width:{width:g}px">'
        f'<defs><marker id="{head}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        f'markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z"/></marker></defs>'
        f"{inside}</svg>"
    )
