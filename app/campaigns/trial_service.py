"""What changes a campaign's trials: ask, tell, correct, revise; each computes, then writes once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.campaigns.changes import StaleOutcomeError, run, touch, write_outcome
from app.campaigns.compute import check_functions_load, revise, suggest, tell
from app.campaigns.outcome import Outcome
from app.campaigns.records import Snapshot, load_snapshot, to_request
from app.campaigns.replies import CampaignReply
from app.campaigns.repository import CampaignRepository
from app.campaigns.result_schemas import ResultSchema, TrialPatch
from app.campaigns.revision import CampaignPatch, write_request
from app.campaigns.schemas import CampaignRequest
from app.campaigns.states import Action, State, next_state
from app.campaigns.tables import CampaignRow, TrialRow
from app.campaigns.trial_replies import TrialReply
from app.database import SessionFactory
from app.engine.port import Engine
from app.errors import ConflictError, FieldError, InvalidRequestError
from app.idempotency import Once, Reply
from app.known.suggestions import KnownSuggestions
from app.models.serial import SerialModel
from app.models.store import ModelStore
from app.pagination import Page
from bayesopt.compounds import compound_key
from bayesopt.errors import ResultError
from data.molecules import parse

ATTEMPTS = 3
"""Times a change is computed again because a worker's or another client's came first."""

Compute = Callable[[Snapshot, SerialModel], Outcome]


class TrialService:
    """Changes the trials of a campaign, and what they are judged by."""

    def __init__(
        self,
        sessions: SessionFactory,
        models: ModelStore,
        engine: Engine,
        stall_after: timedelta,
        known: KnownSuggestions,
    ) -> None:
        self._sessions = sessions
        self._models = models
        self._engine = engine
        self._stall_after = stall_after
        self._known = known

    def suggest(self, campaign_id: str, num_molecules: int | None, once: Once) -> Reply:
        """Ask: new trials for somebody else to evaluate."""

        def compute(snapshot: Snapshot, model: SerialModel) -> Outcome:
            outcome = suggest(snapshot, model, num_molecules)
            known = self._known.of(outcome.trials, snapshot.owner, snapshot.model)
            return replace(outcome, known=known)

        def commit(
            repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
        ) -> Reply:
            rows = [repository.trial(campaign.id, trial.number) for trial in outcome.trials]
            pending = [row for row in rows if row.status == "pending"]
            return _reply(201, [TrialReply.of(row) for row in pending])

        return self._change(
            campaign_id,
            Action.SUGGEST,
            compute,
            commit,
            once,
        )

    def tell(self, campaign_id: str, results: Sequence[ResultSchema], once: Once) -> Reply:
        """Tell: values and ends of any molecules; a campaign that waited for the last goes on.

        Raises:
            InvalidRequestError: a result that cannot be used; none of them was stored.
        """

        def compute(snapshot: Snapshot, model: SerialModel) -> Outcome:
            try:
                return tell(snapshot, model, [result.to_domain() for result in results])
            except ResultError as error:
                raise InvalidRequestError(
                    str(error), errors=[FieldError(f"/{error.index}", str(error))]
                ) from error

        def commit(
            repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
        ) -> Reply:
            rows = [_annotated(repository, campaign.id, result) for result in results]
            self._continue(repository, campaign, outcome)
            return _reply(200, [TrialReply.of(row) for row in rows])

        return self._change(campaign_id, Action.TELL, compute, commit, once)

    def amend(self, campaign_id: str, number: int, patch: TrialPatch, once: Once) -> Reply:
        """Correct or take back a trial's values, or its end, note or metadata.

        Raises:
            InvalidRequestError: a value that cannot be used; nothing was stored.
        """

        def compute(snapshot: Snapshot, model: SerialModel) -> Outcome:
            try:
                return tell(snapshot, model, [patch.to_domain(number)])
            except ResultError as error:
                said = str(error.__cause__)
                raise InvalidRequestError(said, errors=[FieldError("/values", said)]) from error

        def annotate(repository: CampaignRepository) -> Reply:
            touch(repository.get(campaign_id, lock=True))
            row = repository.trial(campaign_id, number)
            for member, column in (("note", "note"), ("metadata", "details")):
                if member in patch.model_fields_set:
                    setattr(row, column, getattr(patch, member))
            repository.session.flush()
            return Reply(200, TrialReply.of(row).model_dump_json())

        def commit(
            repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
        ) -> Reply:
            self._continue(repository, campaign, outcome)
            return annotate(repository)

        if not patch.tells:
            return once.run(
                self._sessions,
                lambda _: lambda: None,
                lambda session, _: annotate(CampaignRepository(session)),
            )
        return self._change(campaign_id, Action.TELL, compute, commit, once, trial=number)

    def revise(self, campaign_id: str, patch: CampaignPatch, once: Once) -> Reply:
        """Change what a campaign wants; what is stored is scored anew in the same transaction.

        Raises:
            RequestValidationError: what it would become cannot be run.
            InvalidRequestError: a function among its objectives cannot be loaded.
        """

        def compute(snapshot: Snapshot, model: SerialModel) -> Outcome:
            changed = _applied(patch, snapshot.request)
            if patch.objectives is not None:
                check_functions_load(changed)
            return revise(snapshot, model, changed)

        def commit(
            repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
        ) -> Reply:
            self._continue(repository, campaign, outcome)
            return rewrite(repository, campaign)

        def rewrite(repository: CampaignRepository, campaign: CampaignRow) -> Reply:
            request = to_request(campaign, repository.objectives(campaign))
            changed = _applied(patch, request)
            write_request(repository, campaign, request, changed)
            reply = CampaignReply.of(campaign, changed, self._stall_after)
            return Reply(200, reply.model_dump_json())

        def rename(session: Session, _: None) -> Reply:
            repository = CampaignRepository(session)
            return rewrite(repository, repository.get(campaign_id, lock=True))

        if patch.renames_only:
            return once.run(self._sessions, lambda _: lambda: None, rename)
        return self._change(campaign_id, Action.REVISE, compute, commit, once)

    def _continue(
        self, repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
    ) -> None:
        """Let a campaign that waited for what has come now go on."""
        if campaign.state is State.WAITING and not outcome.awaits_measurements:
            run(repository, campaign, Action.CONTINUE, self._engine)

    def _change(
        self,
        campaign_id: str,
        action: Action,
        compute: Compute,
        answer: Callable[[CampaignRepository, CampaignRow, Outcome], Reply],
        once: Once,
        *,
        trial: int | None = None,
    ) -> Reply:
        def prepare(session: Session) -> Callable[[], Outcome]:
            repository = CampaignRepository(session)
            campaign = repository.get(campaign_id)
            if trial is not None:
                repository.trial(campaign_id, trial)
            next_state(campaign.state, action)
            snapshot = load_snapshot(repository, campaign)
            return lambda: compute(snapshot, self._models.get(snapshot.model))

        def commit(session: Session, outcome: Outcome) -> Reply:
            repository = CampaignRepository(session)
            campaign = repository.get(campaign_id, lock=True)
            campaign.state = next_state(campaign.state, action)
            write_outcome(repository, campaign, outcome)
            return answer(repository, campaign, outcome)

        for _ in range(ATTEMPTS):
            try:
                return once.run(self._sessions, prepare, commit)
            except StaleOutcomeError:
                continue
        raise ConflictError(
            "the campaign's trials changed again and again meanwhile; pause it, or try again"
        )


def _applied(patch: CampaignPatch, request: CampaignRequest) -> CampaignRequest:
    try:
        return patch.applied(request)
    except ValidationError as error:
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        ) from error


def _annotated(repository: CampaignRepository, campaign_id: str, result: ResultSchema) -> TrialRow:
    """The trial that ``result`` is about, with the client's own words."""
    if result.trial_id is not None:
        row = repository.trial(campaign_id, result.trial_id)
    else:
        row = repository.trial_of(campaign_id, compound_key(parse(result.smiles or "")))
    row.note = result.note or row.note
    row.details = result.metadata or row.details
    return row


def _reply(status: int, trials: Sequence[TrialReply]) -> Reply:
    page = Page(items=list(trials), total=len(trials), next=None)
    return Reply(status, page.model_dump_json())
