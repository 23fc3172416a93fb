"""Drawings as a notebook shows them."""

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path


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
    def image(self) -> str:
        """An HTML element; as an image, the SVG of one cannot touch the page or another's."""
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.smiles)}" src="data:image/svg+xml;base64,{data}">'


@dataclass(frozen=True, slots=True)
class Gallery:
    """Drawings, each with a caption."""

    items: tuple[tuple[Drawing, str], ...]

    def _repr_html_(self) -> str:
        cells = "".join(
            '<figure style="margin:4px;text-align:center;overflow-wrap:anywhere;max-width:16em">'
            f"{drawing.image}<figcaption>{escape(caption)}</figcaption></figure>"
            for drawing, caption in self.items
        )
        return f'<div style="display:flex;flex-wrap:wrap">{cells}</div>'
