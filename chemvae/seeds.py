"""What a seed may be, in commands, settings and requests alike."""

MAX_SEED = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly."""


def low_bits(seed: int) -> int:
    """The 32 low bits of a seed: more than these Lightning, scikit-learn and UMAP do not take."""
    return seed & 0xFFFF_FFFF
