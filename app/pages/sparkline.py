"""A course of numbers as a small line, drawn by the browser from points."""

from collections.abc import Sequence
from itertools import pairwise

WIDTH, HEIGHT, MARGIN = 120, 28, 2
"""Of the drawing, in its own units."""


def step_points(values: Sequence[float]) -> str:
    """The points of a line that keeps its height until the next value; empty below two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    across = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    up = (HEIGHT - 2 * MARGIN) / (high - low) if high > low else 0.0
    heights = [HEIGHT - MARGIN - (value - low) * up for value in values]
    points = [f"{MARGIN:.1f},{heights[0]:.1f}"]
    for index, (before, height) in enumerate(pairwise(heights), start=1):
        x = MARGIN + index * across
        points.append(f"{x:.1f},{before:.1f}")
        if height != before:
            points.append(f"{x:.1f},{height:.1f}")
    return " ".join(points)
