"""Made-up inputs: real ones, cut, doubled, crossed and spoiled."""

import random
import time
from collections.abc import Iterator, Sequence
from itertools import count

MOST = 5_000
"""Characters of an input; beyond it the limits of length are reached anyway."""


def seeds(seconds: float, few: int) -> Iterator[int]:
    """The first `few`, or for so many seconds ones that were never tried."""
    if not seconds:
        yield from range(few)
        return
    end = time.monotonic() + seconds
    for seed in count(time.time_ns()):
        if time.monotonic() > end:
            return
        yield seed


def mutated(seed: int, corpus: Sequence[str], alphabet: Sequence[str]) -> str:
    """One of the corpus after a few changes; the same seed makes the same one."""
    rng = random.Random(seed)  # noqa: S311
    text = rng.choice(corpus)
    for _ in range(rng.choice((1, 2, 3, 8))):
        start, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        before, middle, after = text[:start], text[start:end], text[end:]
        other = rng.choice(corpus)
        middle = rng.choice(
            [
                "",
                middle * rng.choice((2, 3, 30)),
                middle + rng.choice(alphabet),
                rng.choice(alphabet) * rng.choice((1, 1, 2, 100)),
                other[: rng.randint(0, len(other))],
                middle[::-1],
            ]
        )
        text = (before + middle + after)[:MOST]
    return text
