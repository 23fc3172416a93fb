"""One campaign: run it, ask it, tell it, change it, watch it."""

from collections.abc import Iterable, Iterator

from typing_extensions import Unpack

from app.client import progress
from app.client.access import Sharing
from app.client.campaign_types import (
    CampaignInfo,
    CampaignPatch,
    ObjectiveVersion,
    StateChange,
)
from app.client.endpoint import Endpoint
from app.client.errors import CampaignFailedError
from app.client.insight_types import Diagnosis, Progress
from app.client.molecules import Molecules
from app.client.pages import Page
from app.client.pictures import Gallery
from app.client.plots import Plots
from app.client.transport import Transport
from app.client.trial_types import Result, SuggestionsRequest, Trial
from app.client.trials import Trials

_OF = "/v1/campaigns/{campaign_id}"
READ = Endpoint("GET", _OF, CampaignInfo)
REVISE = Endpoint("PATCH", _OF, CampaignInfo, "keyed", request=CampaignPatch)
DELETE = Endpoint("DELETE", _OF, type(None), "never")
START = Endpoint("POST", f"{_OF}/start", StateChange, "never")
PAUSE = Endpoint("POST", f"{_OF}/pause", StateChange, "never")
RESUME = Endpoint("POST", f"{_OF}/resume", StateChange, "never")
CANCEL = Endpoint("POST", f"{_OF}/cancel", StateChange, "never")
ASK = Endpoint(
    "POST", f"{_OF}/suggestions", Page[Trial], "keyed", request=SuggestionsRequest | None
)
TELL = Endpoint("POST", f"{_OF}/results", Page[Trial], "keyed", request=list[Result])
PROGRESS = Endpoint("GET", f"{_OF}/progress", Progress)
DIAGNOSIS = Endpoint("GET", f"{_OF}/diagnosis", Diagnosis)
OBJECTIVES = Endpoint("GET", f"{_OF}/objectives", Page[ObjectiveVersion])


class Campaign:
    """A campaign of the service; ``id`` is all that is kept here, so nothing grows stale.

    Attributes:
        id: Its identity.
        trials: What was tried.
        sharing: Whom it is shared with, and who changed it.
        plots: Pictures of it.
    """

    def __init__(self, http: Transport, campaign_id: str) -> None:
        self.id = campaign_id
        self.trials = Trials(http, campaign_id)
        self.sharing = Sharing(http, {"campaign_id": campaign_id})
        self.plots = Plots(self)
        self._http = http
        self._path = {"campaign_id": campaign_id}

    def __repr__(self) -> str:
        return f"Campaign({self.id!r})"

    def read(self) -> CampaignInfo:
        """The campaign as it stands."""
        return self._http.call(READ, path=self._path)

    def revise(
        self, *, idempotency_key: str | None = None, **patch: Unpack[CampaignPatch]
    ) -> CampaignInfo:
        """Change what is wanted, in any state; what is stored is scored anew by it."""
        return self._http.call(REVISE, path=self._path, body=patch, key=idempotency_key)

    def delete(self) -> None:
        """Forget it with all its trials; one that runs has to be paused or cancelled first."""
        self._http.call(DELETE, path=self._path)

    def start(self) -> StateChange:
        """Run a draft as soon as a worker is free."""
        return self._http.call(START, path=self._path)

    def pause(self) -> StateChange:
        """Stop within the iteration; what is being computed is dropped."""
        return self._http.call(PAUSE, path=self._path)

    def resume(self) -> StateChange:
        """Go on where it was paused, failed, or had spent its budget."""
        return self._http.call(RESUME, path=self._path)

    def cancel(self) -> StateChange:
        """Give it up; what was found stays."""
        return self._http.call(CANCEL, path=self._path)

    def ask(
        self, num_molecules: int | None = None, *, idempotency_key: str | None = None
    ) -> list[Trial]:
        """New trials, pending until told; None: as many as the campaign's batch size."""
        body: SuggestionsRequest = {"num_molecules": num_molecules}
        return self._http.call(ASK, path=self._path, body=body, key=idempotency_key).items

    def tell(self, results: Iterable[Result], *, idempotency_key: str | None = None) -> list[Trial]:
        """What became of molecules, suggested or not; their trials, in the order of ``results``."""
        body = list(results)
        return self._http.call(TELL, path=self._path, body=body, key=idempotency_key).items

    def progress(self) -> Progress:
        """How far it is, and the best so far; cheap enough to poll."""
        return self._http.call(PROGRESS, path=self._path)

    def diagnosis(self) -> Diagnosis:
        """Predicted against observed with each molecule left out."""
        return self._http.call(DIAGNOSIS, path=self._path)

    def objective_versions(self) -> Iterator[ObjectiveVersion]:
        """Every version of what is wanted, oldest first; the last is in force."""
        yield from self._http.call(OBJECTIVES, path=self._path).items

    def wait(
        self, *, poll_seconds: float = 1.0, timeout: float | None = None, bar: bool = True
    ) -> CampaignInfo:
        """The campaign once it does not run (any more), with a progress bar until then.

        It also ends where the campaign waits for measured values, or somebody paused it.

        Args:
            poll_seconds: Between one question and the next.
            timeout: Seconds to wait at most; None: as long as it takes.
            bar: Whether to show one.

        Raises:
            CampaignFailedError: it stopped by an error.
            StillRunningError: the timeout is over.
        """
        name = self.read().name
        progress.wait(self.progress, name=name, poll_seconds=poll_seconds, timeout=timeout, bar=bar)
        info = self.read()
        if info.state == "failed":
            raise CampaignFailedError(f"{info.name} ({info.id}) failed: {info.reason}")
        return info

    def gallery(
        self,
        limit: int = 12,
        *,
        trials: Iterable[Trial] | None = None,
        highlight: str | None = None,
    ) -> Gallery:
        """Molecules drawn side by side, each with its utility, or else with what is predicted.

        Args:
            limit: How many, at most.
            trials: Which, as those just asked for; None: the best.
            highlight: SMARTS of what they share.
        """
        shown = list(self.trials.best(limit) if trials is None else trials)[:limit]
        drawn = [(trial.smiles, trial.caption()) for trial in shown if trial.smiles]
        captions = [caption for _, caption in drawn]
        molecules = Molecules(self._http)
        return molecules.gallery([smiles for smiles, _ in drawn], captions, highlight=highlight)
