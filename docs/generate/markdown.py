"""Pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a `|` in a cell is escaped, a line break becomes a space."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_inside, line)) + " |" for line in lines)


def cell(text: str, notes: Iterable[str] = ()) -> str:
    """A sentence, and below it what else is to be known, in small."""
    small = "; ".join(notes)
    return f"{text}<br><small>{small}</small>" if small else text


def example(language: str, text: str, *, title: str) -> str:
    """A block of code that is folded away until it is wanted."""
    inside = "\n".join(f"    {line}" for line in [f"```{language}", *text.splitlines(), "```"])
    return f'??? example "{title}"\n\n{inside}'


def typeset(markdown: str) -> str:
    """Comparisons as one sign; a number keeps its sign and its unit on its line."""
    signs = markdown.replace(">= ", "≥&nbsp;").replace("<= ", "≤&nbsp;")
    joined = re.sub(r"(?<=\d) ± (?=\d)", "&nbsp;±&nbsp;", signs)
    return re.sub(r"(?<=\d) (?=%|nats|✓)", "&nbsp;", joined)


def _inside(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")
