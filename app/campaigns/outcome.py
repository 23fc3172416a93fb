"""What a computation changes in a campaign, on its way from one process or step to the next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from app.campaigns.states import Action
from bayesopt.proposers.proposal import Decodes
from bayesopt.trial import Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    """Changed trials and the campaign's new counters; plain JSON by ``to_dict``."""

    revision: int
    """Revision of the snapshot it was computed from; it may be written onto no other."""
    trials: tuple[Trial, ...]
    utilities: Mapping[int, float | None]
    """By trial number, of the changed trials and of those whose utility they changed."""
    num_evaluations: int
    best_utility: float | None
    seconds: float
    action: Action | None = None
    """What becomes of the campaign's state; None: it stays."""
    iteration: int | None = None
    """The iteration that was asked; None where nothing was."""
    reason: str | None = None
    """Why the campaign fails, or ends before its budget."""
    awaits_measurements: bool = False
    """Whether an open trial lacks a value that only a client can send."""
    known: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """By trial number, of what was suggested: see ``app.known.suggestions``."""
    decodes: Decodes | None = None
    """Of the iteration; None where nothing was asked, or its method does not count them."""

    @classmethod
    def failed(cls, revision: int, reason: str) -> Self:
        """The campaign stops here; its trials stay as they are."""
        return cls(
            revision=revision,
            trials=(),
            utilities={},
            num_evaluations=0,
            best_utility=None,
            seconds=0.0,
            action=Action.FAIL,
            reason=reason,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "revision": self.revision,
            "trials": [trial.to_dict() for trial in self.trials],
            "utilities": [[number, value] for number, value in self.utilities.items()],
            "num_evaluations": self.num_evaluations,
            "best_utility": self.best_utility,
            "seconds": self.seconds,
            "action": self.action,
            "iteration": self.iteration,
            "reason": self.reason,
            "awaits_measurements": self.awaits_measurements,
            "known": [[number, known] for number, known in self.known.items()],
            "decodes": None if self.decodes is None else asdict(self.decodes),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The outcome that ``to_dict`` wrote."""
        return cls(
            **{
                **data,
                "trials": tuple(Trial.from_dict(item) for item in data["trials"]),
                "utilities": {int(number): value for number, value in data["utilities"]},
                # Outcomes that an older version computed have none.
                "known": {int(number): known for number, known in data.get("known", ())},
                "action": data["action"] and Action(data["action"]),
                "decodes": None if data["decodes"] is None else Decodes(**data["decodes"]),
            }
        )
