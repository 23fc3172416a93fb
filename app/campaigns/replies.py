"""What the campaigns' endpoints answer."""

from datetime import datetime, timedelta

from pydantic import Field

from app.alarm import alarm_of
from app.campaigns.objective_schemas import ObjectiveSchema
from app.campaigns.schemas import (
    BudgetSchema,
    CampaignRequest,
    InitialSchema,
    OptimizerSchema,
)
from app.campaigns.states import State
from app.campaigns.tables import CampaignRow
from app.molecules.constraints import ConstraintSchema
from app.schemas import STORED, ReplySchema
from bayesopt.objectives import ScalarizationMethod

WHEN = "2026-01-31T12:00:00Z"


class CampaignReply(ReplySchema):
    """A campaign as it stands."""

    id: str = Field(description="Identity.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"])
    name: str = Field(description="Name for people.", examples=["drug-like"])
    owner: str | None = Field(
        description="Whose it is, by the key that created it; null: no key was asked for.",
        examples=["alice"],
    )
    state: State = Field(description="Where it stands.", examples=["running"])
    reason: str | None = Field(
        description="Why it failed or ended before its budget; else null.", examples=[None]
    )
    alarm: str | None = Field(
        description="What is wrong where it runs and made no progress for longer than the "
        "service's limit; else null.",
        examples=[None],
    )
    objectives: list[ObjectiveSchema] = Field(description="What is wanted now.")
    constraints: list[ConstraintSchema] = Field(description="What a molecule must satisfy now.")
    objective_version: int = Field(
        description="Number of this version of objectives, constraints and scalarization.",
        examples=[1],
    )
    scalarization: ScalarizationMethod = Field(
        description="How several objectives become one utility.", examples=["weighted"]
    )
    initial: InitialSchema = Field(description="Where the search starts.")
    optimizer: OptimizerSchema = Field(description="How molecules are chosen.")
    budget: BudgetSchema = Field(description="When it has done enough.")
    batch_size: int = Field(description="Molecules proposed at a time.", examples=[8])
    seed: int = Field(description="Seed of everything random.", examples=[7])
    model: str = Field(description="Name of the model.", examples=["zinc250k"])
    model_hash: str = Field(description="SHA-256 of the model's weights.", examples=["ab12..."])
    num_trials: int = Field(description="Trials so far, infeasible ones too.", examples=[120])
    num_evaluations: int = Field(
        description="Molecules evaluated so far, against the budget.", examples=[96]
    )
    best_utility: float | None = Field(
        description="Utility of the best trial: of one objective its value, sign turned so that "
        "more is better; of several their weighted desirability, 1 being best.",
        examples=[0.94],
    )
    seconds_used: float = Field(description="Compute time so far, in seconds.", examples=[31.5])
    created_at: datetime = Field(description="When it was created (UTC).", examples=[WHEN])
    updated_at: datetime = Field(description="When it last changed (UTC).", examples=[WHEN])
    started_at: datetime | None = Field(description="When it first ran (UTC).", examples=[WHEN])
    finished_at: datetime | None = Field(description="When it ended (UTC).", examples=[WHEN])

    @classmethod
    def of(
        cls, row: CampaignRow, request: CampaignRequest, stall_after: timedelta
    ) -> "CampaignReply":
        """From the row and the request it stores; an alarm after ``stall_after``."""
        return cls.model_validate(
            {
                "alarm": alarm_of(row, stall_after),
                **{name: getattr(request, name) for name in CampaignRequest.model_fields},
                **{name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)},
            },
            context=STORED,
        )


class StateReply(ReplySchema):
    """The state that an action led to."""

    id: str = Field(description="The campaign.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"])
    state: State = Field(description="Where it stands now.", examples=["running"])


class RefusedMolecule(ReplySchema):
    """An initial molecule that cannot be used, and why."""

    pointer: str = Field(
        description="JSON pointer into the request.", examples=["/initial/smiles/0"]
    )
    smiles: str = Field(description="The molecule as sent.", examples=["C1CC"])
    code: str = Field(description="Stable name of the reason.", examples=["syntax"])
    message: str = Field(
        description="The reason in plain words.", examples=["'C1CC' opens a ring it never closes"]
    )


class ValidationReply(ReplySchema):
    """Whether the campaign could be created; nothing was stored."""

    valid: bool = Field(description="Whether nothing is refused.", examples=[True])
    refused: list[RefusedMolecule] = Field(description="Initial molecules that cannot be used.")
    estimated_seconds: float | None = Field(
        description="Compute time of the whole budget, in seconds; null: none is known yet.",
        examples=[95.0],
    )
    estimate_basis: str = Field(
        description="What the estimate rests on.",
        examples=["mean of this service's earlier campaigns with this model"],
    )
