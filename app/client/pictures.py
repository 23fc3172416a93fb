"""Drawings as a notebook shows them, and as files."""

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path

CAPTION_PIXELS = 30
"""Height of a caption's line in a file."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A molecule and its drawing as SVG."""

    smiles: str
    svg: str

    def save(self, path: str | Path) -> None:
        """Write the SVG to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg

    @property
    def data_url(self) -> str:
        """As an image, the SVG of one can touch neither the page nor another's."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg.encode()).decode()}"

    @property
    def image(self) -> str:
        """An HTML element."""
        return f'<img alt="{escape(self.smiles)}" src="{self.data_url}">'


@dataclass(frozen=True, slots=True)
class Gallery:
    """Drawings of ``width`` by ``height`` pixels, each with a caption."""

    items: tuple[tuple[Drawing, str], ...]
    width: int
    height: int

    def save(self, path: str | Path, *, columns: int = 4) -> None:
        """Write them to one file as SVG, ``columns`` side by side, their captions below."""
        row = self.height + CAPTION_PIXELS
        count = len(self.items)
        size = f"{self.width * min(columns, count)} {row * -(-count // columns)}"
        cells = "".join(
            self._cell(drawing, caption, self.width * (place % columns), row * (place // columns))
            for place, (drawing, caption) in enumerate(self.items)
        )
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">{cells}</svg>'
        Path(path).write_text(svg, encoding="utf-8")

    def _cell(self, drawing: Drawing, caption: str, x: int, y: int) -> str:
        return (
            f'<image x="{x}" y="{y}" width="{self.width}" height="{self.height}" '
            f'href="{drawing.data_url}"/><text x="{x + self.width // 2}" '
            f'y="{y + self.height + CAPTION_PIXELS // 2}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="12">{escape(caption)}</text>'
        )

    def _repr_html_(self) -> str:
        cells = "".join(
            '<figure style="margin:4px;text-align:center;overflow-wrap:anywhere;max-width:16em">'
            f"{drawing.image}<figcaption>{escape(caption)}</figcaption></figure>"
            for drawing, caption in self.items
        )
        return f'<div style="display:flex;flex-wrap:wrap">{cells}</div>'
