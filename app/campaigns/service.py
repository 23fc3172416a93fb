"""What the endpoints do: each method is a request, and at most one transaction that writes."""

import uuid

from sqlalchemy.orm import Session

from app.campaigns.changes import finish, run
from app.campaigns.compute import refused_molecules
from app.campaigns.records import to_request, to_rows
from app.campaigns.replies import (
    CampaignReply,
    RefusedMolecule,
    StateReply,
    ValidationReply,
)
from app.campaigns.repository import CampaignRepository
from app.campaigns.schemas import CampaignRequest
from app.campaigns.states import Action, State
from app.database import SessionFactory
from app.engine.port import Engine
from app.errors import ConflictError, FieldError, InvalidRequestError
from app.idempotency import Once, Reply
from app.models.store import ModelStore


class CampaignService:
    """Creates campaigns, moves them through their states and deletes them."""

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
