"""Trust in what others answer: foreign code may raise, miscount, or call something a number."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import Any

from bayesopt.oracles.protocol import MAX_MAGNITUDE
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles

logger = logging.getLogger(__name__)

MAX_SHOWN = 100
"""Characters of a foreign value that a message repeats."""

Ask = Callable[[Sequence[str]], object]


def readable_answers(smiles: Sequence[str], ask: Ask) -> list[float | Refusal]:
    """What `ask` answers of the molecules that can be read, in canonical spelling, each once.

    The others are refused without asking; order and length are those of `smiles`.
    """
    canonical = [_canonical(item) for item in smiles]
    asked = list(dict.fromkeys(item for item in canonical if isinstance(item, str)))
    found = dict(zip(asked, checked(ask(asked), len(asked)), strict=True)) if asked else {}
    return [item if isinstance(item, Refusal) else found[item] for item in canonical]


def safe_answers(smiles: Sequence[str], ask: Ask) -> list[float | Refusal]:
    """What `ask` answers; refusals of all where it raises."""
    try:
        answers = ask(smiles)
    except Exception as error:
        logger.exception("an oracle failed on %d molecules", len(smiles))
        return refused(smiles, "oracle_failed", f"{type(error).__name__}: {error}")
    return checked(answers, len(smiles))


def checked(answers: object, num_asked: int) -> list[float | Refusal]:
    """`answers` if they are one finite number, refusal or None per molecule asked.

    A wrong length refuses them all, as nobody can tell which value belongs to which molecule;
    anything else that is wrong refuses its own molecule.
    """
    if not isinstance(answers, list | tuple):
        shown = repr(answers)[:MAX_SHOWN]
        return refused(range(num_asked), "not_a_list", f"the answer is no list of values: {shown}")
    if len(answers) != num_asked:
        why = f"{len(answers)} values came for {num_asked} molecules"
        return refused(range(num_asked), "wrong_length", why)
    return [_checked(answer) for answer in answers]


def refused(molecules: Sequence[object], code: str, why: str) -> list[float | Refusal]:
    """The same refusal for each of `molecules`."""
    return [Refusal(code, why) for _ in molecules]


def _canonical(smiles: str) -> str | Refusal:
    try:
        return canonical_smiles(smiles)
    except MoleculeError as error:
        return Refusal.from_error(error)


def _checked(answer: Any) -> float | Refusal:  # noqa: ANN401
    if isinstance(answer, Refusal):
        return answer
    if answer is None:
        return Refusal("no_value", "no value was given")
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return Refusal("not_a_number", f"the value is {answer!r:.{MAX_SHOWN}}, which is no number")
    if not math.isfinite(answer):
        return Refusal("not_finite", f"the value is {answer}")
    if abs(answer) > MAX_MAGNITUDE:
        return Refusal("too_large", f"the value is beyond {MAX_MAGNITUDE:g}")
    return float(answer)
