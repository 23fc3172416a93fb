"""What the endpoints do: each method is a request, and at most one transaction that writes."""

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.campaigns.changes import StaleOutcomeError, finish, run, write_outcome
from app.campaigns.compute import refused_molecules, suggest, tell
from app.campaigns.outcome import Outcome
from app.campaigns.records import Snapshot, load_snapshot, to_request, to_rows
from app.campaigns.replies import (
    CampaignReply,
    RefusedMolecule,
    StateReply,
    TrialReply,
    ValidationReply,
)
from app.campaigns.repository import CampaignRepository
from app.campaigns.schemas import CampaignRequest, ResultSchema
from app.campaigns.states import Action, State, next_state
from app.campaigns.tables import CampaignRow, TrialRow
from app.database import SessionFactory
from app.engine.port import Engine
from app.errors import ConflictError, FieldError, InvalidRequestError
from app.idempotency import Once, Reply
from app.models.serial import SerialModel
from app.models.store import ModelStore
from app.pagination import Page
from bayesopt.compounds import compound_key
from bayesopt.errors import ResultError
from data.molecules import parse

ATTEMPTS = 3
"""Times a change is computed again because a worker's or another client's came first."""

Compute = Callable[[Snapshot, SerialModel], Outcome]


class CampaignService:
    """Creates campaigns, moves them through their states, and changes their trials."""

    def __init__(self, sessions: SessionFactory, models: ModelStore, engine: Engine) -> None:
        self._sessions = sessions
        self._models = models
        self._engine = engine

    def validate(self, request: CampaignRequest) -> ValidationReply:
        """What ``create`` would refuse, and how long the campaign may take."""
        named = self._with_model(request)
        refused = self._refused(named)
        with self._sessions() as session:
            each = CampaignRepository(session).seconds_per_evaluation(named.model or "")
        return ValidationReply(
            valid=not refused,
            refused=refused,
            estimated_seconds=each and each * named.budget.max_evaluations,
            estimate_basis="mean of this service's earlier campaigns with this model"
            if each
            else "none: no campaign with this model has run here yet",
        )

    def create(self, request: CampaignRequest, once: Once) -> Reply:
        """Store a new draft.

        Raises:
            InvalidRequestError: an initial molecule that the model cannot encode, each with its
                pointer.
        """
        named = self._with_model(request)

        def check() -> None:
            if refused := self._refused(named):
                raise InvalidRequestError(
                    "; ".join(f"{item.pointer}: {item.message}" for item in refused[:3]),
                    errors=[FieldError(item.pointer, item.message) for item in refused],
                )

        def commit(session: Session, _: None) -> Reply:
            model_hash = self._models.get(named.model).fingerprint
            row, version = to_rows(uuid.uuid4().hex, named, model_hash)
            CampaignRepository(session).add(row, version)
            reply = CampaignReply.of(row, named)
            return Reply(201, reply.model_dump_json(), f"/v1/campaigns/{row.id}")

        return once.run(self._sessions, lambda _: check, commit)

    def read(self, session: Session, campaign_id: str) -> CampaignReply:
        """The campaign as it stands."""
        repository = CampaignRepository(session)
        row = repository.get(campaign_id)
        return CampaignReply.of(row, to_request(row, repository.objectives(row)))

    def act(self, session: Session, campaign_id: str, action: Action) -> StateReply:
        """Start, pause, resume or cancel.

        Raises:
            ConflictError: the campaign's state does not allow it.
        """
        repository = CampaignRepository(session)
        campaign = repository.get(campaign_id, lock=True)
        if action in (Action.START, Action.RESUME):
            run(repository, campaign, action, self._engine)
        else:
            finish(campaign, action)
        return StateReply(id=campaign.id, state=campaign.state)

    def suggest(self, campaign_id: str, num_molecules: int | None, once: Once) -> Reply:
        """Ask: new trials for somebody else to evaluate."""

        def commit(
            repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
        ) -> Reply:
            rows = [repository.trial(campaign.id, trial.number) for trial in outcome.trials]
            pending = [row for row in rows if row.status == "pending"]
            return _reply(201, [TrialReply.of(row) for row in pending])

        return self._change(
            campaign_id,
            Action.SUGGEST,
            lambda snapshot, model: suggest(snapshot, model, num_molecules),
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
                return tell(snapshot, model, results)
            except ResultError as error:
                raise InvalidRequestError(
                    str(error), errors=[FieldError(f"/{error.index}", str(error))]
                ) from error

        def commit(
            repository: CampaignRepository, campaign: CampaignRow, outcome: Outcome
        ) -> Reply:
            rows = [_annotated(repository, campaign.id, result) for result in results]
            if campaign.state is State.WAITING and not outcome.awaits_measurements:
                run(repository, campaign, Action.CONTINUE, self._engine)
            return _reply(200, [TrialReply.of(row) for row in rows])

        return self._change(campaign_id, Action.TELL, compute, commit, once)

    def _change(
        self,
        campaign_id: str,
        action: Action,
        compute: Compute,
        answer: Callable[[CampaignRepository, CampaignRow, Outcome], Reply],
        once: Once,
    ) -> Reply:
        def prepare(session: Session) -> Callable[[], Outcome]:
            repository = CampaignRepository(session)
            campaign = repository.get(campaign_id)
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

    def _with_model(self, request: CampaignRequest) -> CampaignRequest:
        return request.model_copy(update={"model": request.model or self._models.default})

    def _refused(self, request: CampaignRequest) -> list[RefusedMolecule]:
        refused = refused_molecules(request, self._models.get(request.model))
        return [
            RefusedMolecule(
                pointer=f"/initial/smiles/{index}",
                smiles=request.initial.smiles[index],
                code=code,
                message=message,
            )
            for index, code, message in refused
        ]


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
