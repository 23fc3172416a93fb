"""What a chemist says of a trial: values from the bench, a verdict, a note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from starlette.datastructures import FormData

from app.campaigns.trial_replies import TrialReply

Verdict = Literal["like", "reject"]
VERDICT = "verdict"
"""The member of a trial's ``metadata`` that keeps it, for programs to read as well."""

UNTOLD = "none"
"""Takes a verdict back."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The form as it was filled in."""

    values: Mapping[str, str]
    """Of each measured objective: a number, or replicates with spaces between."""
    taken_back: frozenset[str]
    note: str
    verdict: str

    @classmethod
    def of_trial(cls, trial: TrialReply, measured: Sequence[str]) -> Self:
        """As the trial stands."""
        shown = {
            name: " ".join(f"{x:g}" for x in value.replicates or [value.value])
            for name, value in trial.values.items()
            if name in measured
        }
        return cls(
            {**dict.fromkeys(measured, ""), **shown},
            frozenset(),
            trial.note or "",
            str((trial.metadata or {}).get(VERDICT, UNTOLD)),
        )

    @classmethod
    def of_form(cls, data: FormData, before: Self) -> Self:
        """As it was sent; a field that is not there stays as it was."""
        values = {name: _text(data, f"value.{name}", text) for name, text in before.values.items()}
        return cls(
            values,
            frozenset(name for name in values if f"withdraw.{name}" in data),
            _text(data, "note", before.note),
            _text(data, "verdict", before.verdict),
        )

    def patch(self, before: Self, metadata: Mapping[str, Any] | None) -> dict[str, Any]:
        """The body of a ``TrialPatch`` that makes ``before`` this: what differs, no more."""
        body: dict[str, Any] = {}
        changed: dict[str, Any] = {
            name: _numbers(text)
            for name, text in self.values.items()
            if text and text != before.values[name]
        }
        changed |= dict.fromkeys(self.taken_back)
        if changed:
            body["values"] = changed
        if self.note != before.note:
            body["note"] = self.note or None
        if self.verdict != before.verdict:
            kept = {name: value for name, value in (metadata or {}).items() if name != VERDICT}
            told = {VERDICT: self.verdict} if self.verdict in get_args(Verdict) else {}
            body["metadata"] = {**kept, **told} or None
        return body


def _numbers(text: str) -> str | list[str]:
    parts = text.replace(";", " ").split()
    return parts[0] if len(parts) == 1 else parts


def _text(data: FormData, name: str, before: str) -> str:
    value = data.get(name, before)
    # Browsers end a line of a text area with CR LF.
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else before
