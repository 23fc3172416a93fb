"""``campaign.trials``: what was tried, what came of it, and the best of it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from typing_extensions import Unpack

from app.client.endpoint import Endpoint
from app.client.frames import to_frame
from app.client.pages import PAGE, PAGE_SIZE, Page, every
from app.client.transport import Transport
from app.client.trial_types import Trial, TrialPatch

Format = Literal["csv", "smi", "sdf", "json"]
Status = Literal["pending", "evaluated", "partial", "infeasible", "abandoned", "withdrawn"]
Sort = Literal["number", "-number", "utility", "-utility"]

_OF = "/v1/campaigns/{campaign_id}"
LIST = Endpoint("GET", f"{_OF}/trials", Page[Trial], query=("status", "sort", *PAGE))
READ = Endpoint("GET", f"{_OF}/trials/{{trial_id}}", Trial)
AMEND = Endpoint("PATCH", f"{_OF}/trials/{{trial_id}}", Trial, "keyed", request=TrialPatch)
BEST = Endpoint("GET", f"{_OF}/best", Page[Trial], query=("limit",))
PARETO = Endpoint("GET", f"{_OF}/pareto", Page[Trial], query=("limit",))
EXPORT = Endpoint("GET", f"{_OF}/export", bytes, query=("format", "best"))


class Trials:
    """The trials of one campaign; iterating gives all of them, in order of creation."""

    def __init__(self, http: Transport, campaign_id: str) -> None:
        self._http = http
        self._path = {"campaign_id": campaign_id}

    def __iter__(self) -> Iterator[Trial]:
        return self.select()

    def select(
        self,
        *,
        status: Status | None = None,
        sort: Sort = "number",
        page_size: int = PAGE_SIZE,
    ) -> Iterator[Trial]:
        """Those of a status, by number or utility (``-``: from the highest)."""
        asked = {"status": status, "sort": sort}
        return every(self._http, LIST, path=self._path, query=asked, page_size=page_size)

    def get(self, trial_id: int) -> Trial:
        """One trial with the history of its values."""
        return self._http.call(READ, path=self._path | {"trial_id": str(trial_id)})

    def amend(
        self, trial_id: int, *, idempotency_key: str | None = None, **patch: Unpack[TrialPatch]
    ) -> Trial:
        """Correct a trial's values or take them back; the old ones stay in its history."""
        path = self._path | {"trial_id": str(trial_id)}
        return self._http.call(AMEND, path=path, body=patch, key=idempotency_key)

    def best(self, limit: int = 10) -> list[Trial]:
        """Those of highest utility that break no constraint."""
        return self._http.call(BEST, path=self._path, query={"limit": limit}).items

    def pareto(self, limit: int = 100) -> list[Trial]:
        """Those that no other beats in one objective without losing in another, best first."""
        return self._http.call(PARETO, path=self._path, query={"limit": limit}).items

    def frame(self, trials: Iterable[Trial] | None = None, *, molecules: bool = False) -> Any:  # noqa: ANN401
        """Trials as a pandas data frame, its columns called as in the export as CSV.

        Args:
            trials: Which, as those just asked for; None: all.
            molecules: Whether to add a column ``molecule`` of RDKit molecules.

        Raises:
            MissingPackageError: pandas, or RDKit, is not installed.
        """
        return to_frame(
            [trial.row() for trial in (self if trials is None else trials)], molecules=molecules
        )

    def export(
        self, path: str | Path, *, file_format: Format | None = None, best: int | None = None
    ) -> Path:
        """Write them to a file, which appears when it is complete.

        Args:
            path: The file; it is replaced if it exists.
            file_format: Kind of file; None: the path's ending.
            best: Only so many, the best; None: all.

        Raises:
            InvalidRequestError: the ending is that of no format.
        """
        target = Path(path)
        kind = file_format or target.suffix.removeprefix(".")
        query = {"format": kind, "best": best}
        self._http.download(EXPORT, target, path=self._path, query=query)
        return target
