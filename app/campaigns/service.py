"""What the endpoints do: each method is a request, and at most one transaction that writes."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.sharing import Grant, grant_of
from app.campaigns.changes import finish, run, write_outcome
from app.campaigns.compute import check_functions_load, refused_molecules
from app.campaigns.outcome import Outcome
from app.campaigns.records import Snapshot, load_snapshot, to_request, to_rows
from app.campaigns.replies import (
    CampaignReply,
    RefusedMolecule,
    StateReply,
    ValidationReply,
)
from app.campaigns.repository import CampaignRepository
from app.campaigns.schemas import CampaignRequest
from app.campaigns.states import Action, State
from app.campaigns.warm_start import keep_metadata, told_at_creation
from app.database import SessionFactory, read
from app.engine.port import Engine
from app.errors import ConflictError, FieldError, InvalidRequestError
from app.idempotency import Once, Reply
from app.models.store import ModelStore
from bayesopt.campaign import Campaign
from bayesopt.errors import SpecError


class CampaignService:
    """Creates campaigns, moves them through their states and deletes them."""

    def __init__(
        self,
        sessions: SessionFactory,
        models: ModelStore,
        engine: Engine,
        actor: Actor,
        stall_after: timedelta,
    ) -> None:
        self._sessions = sessions
        self._models = models
        self._engine = engine
        self._actor = actor
        self._stall_after = stall_after

    def validate(self, request: CampaignRequest) -> ValidationReply:
        """What ``create`` would refuse, and how long the campaign may take.

        Raises:
            InvalidRequestError: an objective's function cannot be loaded.
        """
        named = self._with_model(request)
        check_functions_load(named)
        refused = self._refused(named)
        with read(self._sessions) as session:
            earlier = self._earlier(session, named)
            each = CampaignRepository(session).seconds_per_evaluation(named.model or "")
        try:
            told_at_creation(named, earlier, self._models.get(named.model))
        except InvalidRequestError as error:
            refused += [_refused_result(named, item) for item in error.errors]
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
                pointer; a method that the model cannot run; a function that cannot be loaded; a
                result that cannot be used; no campaign to take results from.
        """
        named = self._with_model(request)

        def prepare(session: Session) -> Callable[[], Outcome | None]:
            earlier = self._earlier(session, named)
            return lambda: compute(earlier)

        def compute(earlier: Snapshot | None) -> Outcome | None:
            self._check_method(named)
            check_functions_load(named)
            if refused := self._refused(named):
                raise InvalidRequestError(
                    "; ".join(f"{item.pointer}: {item.message}" for item in refused[:3]),
                    errors=[FieldError(item.pointer, item.message) for item in refused],
                )
            return told_at_creation(named, earlier, self._models.get(named.model))

        def commit(session: Session, told: Outcome | None) -> Reply:
            model_hash = self._models.get(named.model).fingerprint
            row, version = to_rows(uuid.uuid4().hex, named, model_hash)
            row.owner = self._actor.owner
            repository = CampaignRepository(session)
            repository.add(row, version)
            if told is not None:
                write_outcome(repository, row, told)
                keep_metadata(repository, row.id, named.initial.results)
            reply = CampaignReply.of(row, to_request(row, version), self._stall_after)
            return Reply(201, reply.model_dump_json(), f"/v1/campaigns/{row.id}")

        return once.run(self._sessions, prepare, commit)

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

    def delete(self, session: Session, campaign_id: str) -> None:
        """Forget the campaign and all its trials.

        Raises:
            ConflictError: it is running.
        """
        repository = CampaignRepository(session)
        campaign = repository.get(campaign_id, lock=True)
        if campaign.state is State.RUNNING:
            raise ConflictError(
                "a campaign that is running cannot be deleted; pause or cancel it first",
                code="wrong_state",
            )
        repository.remove(campaign)

    def _earlier(self, session: Session, request: CampaignRequest) -> Snapshot | None:
        """The campaign whose results are to be told."""
        if request.initial.campaign_id is None:
            return None
        repository = CampaignRepository(session)
        campaign = repository.find(request.initial.campaign_id)
        if campaign is None or grant_of(session, self._actor, campaign.id) is Grant.NONE:
            detail = f"no campaign has the id {request.initial.campaign_id!r}"
            raise InvalidRequestError(detail, errors=[FieldError("/initial/campaign_id", detail)])
        return load_snapshot(repository, campaign)

    def _with_model(self, request: CampaignRequest) -> CampaignRequest:
        return request.model_copy(update={"model": request.model or self._models.default})

    def _check_method(self, request: CampaignRequest) -> None:
        try:
            Campaign(request.to_domain(initial_smiles=()), self._models.get(request.model))
        except SpecError as error:
            pointer = f"/optimizer{error.pointer}"
            raise InvalidRequestError(
                str(error), errors=[FieldError(pointer, str(error))]
            ) from error

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


def _refused_result(request: CampaignRequest, error: FieldError) -> RefusedMolecule:
    index = int(error.pointer.rpartition("/")[2])
    return RefusedMolecule(
        pointer=error.pointer,
        smiles=request.initial.results[index].smiles,
        code=InvalidRequestError.code,
        message=error.detail,
    )
