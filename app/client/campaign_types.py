"""What the campaigns' calls take and answer; units are those of the reference, `/docs`."""

from datetime import datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from app.client.endpoint import ReplyModel
from app.client.trial_types import Measured
from app.client.wishes import Constraint, Objective, Scalarization, Wish

State = Literal["draft", "running", "waiting", "paused", "succeeded", "cancelled", "failed"]


class KnownResult(Wish):
    """A molecule that was measured before the campaign began."""

    smiles: str
    values: dict[str, Measured]
    metadata: NotRequired[dict[str, Any] | None]


class Initial(Wish):
    """Where the search starts."""

    smiles: NotRequired[list[str]]
    num_samples: NotRequired[int]
    results: NotRequired[list[KnownResult]]
    campaign_id: NotRequired[str | None]


class Optimizer(Wish):
    """How the next molecules are chosen."""

    method: NotRequired[Literal["auto", "random", "genetic", "cma_es", "gradient"]]
    fine_tune_every: NotRequired[int | None]


class Budget(Wish):
    """When the campaign has done enough."""

    max_evaluations: NotRequired[int]
    max_seconds: NotRequired[float | None]


class CampaignRequest(TypedDict):
    """What is wanted, where to start, and how much may be spent."""

    name: NotRequired[str]
    objectives: list[Objective]
    constraints: NotRequired[list[Constraint]]
    scalarization: NotRequired[Scalarization]
    initial: NotRequired[Initial]
    optimizer: NotRequired[Optimizer]
    budget: NotRequired[Budget]
    batch_size: NotRequired[int]
    seed: NotRequired[int]
    model: NotRequired[str | None]


class CampaignPatch(TypedDict):
    """What changes in a campaign; what is left out stays as it is."""

    name: NotRequired[str | None]
    objectives: NotRequired[list[Objective] | None]
    constraints: NotRequired[list[Constraint] | None]
    scalarization: NotRequired[Scalarization | None]
    budget: NotRequired[Budget | None]
    batch_size: NotRequired[int | None]


class CampaignInfo(ReplyModel):
    """A campaign as it stands."""

    id: str
    name: str
    owner: str | None
    state: str
    reason: str | None
    alarm: str | None
    objectives: list[Objective]
    constraints: list[Constraint]
    objective_version: int
    scalarization: str
    initial: Initial
    optimizer: Optimizer
    budget: Budget
    batch_size: int
    seed: int
    model: str
    model_hash: str
    num_trials: int
    num_evaluations: int
    best_utility: float | None
    seconds_used: float
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ObjectiveVersion(ReplyModel):
    """What a campaign wanted for a time, or wants now."""

    version: int
    objectives: list[Objective]
    constraints: list[Constraint]
    scalarization: str
    created_at: datetime


class StateChange(ReplyModel):
    """The state that an action led to."""

    id: str
    state: str


class RefusedMolecule(ReplyModel):
    """An initial molecule that cannot be used, and why."""

    pointer: str
    smiles: str
    code: str
    message: str


class Validation(ReplyModel):
    """Whether a campaign could be created, and how long it may take (seconds; None: unknown)."""

    valid: bool
    refused: list[RefusedMolecule]
    estimated_seconds: float | None
    estimate_basis: str
