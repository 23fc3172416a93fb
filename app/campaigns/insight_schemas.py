"""What the campaigns' endpoints answer on how a campaign goes and how far it can be trusted."""

from pydantic import Field

from app.campaigns.states import State
from app.schemas import ReplySchema


class SharesReply(ReplySchema):
    """What became of the molecules that a campaign decoded; null: none was, or nobody counted."""

    valid_share: float | None = Field(
        description="Share of the decodes that were molecules, 0 to 1.", examples=[0.93]
    )
    unique_share: float | None = Field(
        description="Share of the decoded molecules that were new to the campaign, 0 to 1.",
        examples=[0.8],
    )
    novel_share: float | None = Field(
        description="Share of the stored ones that the model was not trained on, 0 to 1; null: the "
        "model keeps no index.",
        examples=[0.97],
    )
    feasible_share: float | None = Field(
        description="Share of the stored ones that break no constraint and that no oracle refused, "
        "0 to 1.",
        examples=[0.7],
    )
    hypervolume: list[float] | None = Field(
        description="After each evaluated trial that breaks no constraint, the share of the unit "
        "cube of desirabilities that is dominated (no unit); null: one objective, or more than 4.",
        examples=[[0.1, 0.1, 0.32]],
    )


class ProgressReply(SharesReply):
    """How far a campaign is and how it went; poll it as often as you like."""

    state: State = Field(description="Where it stands.", examples=["running"])
    num_trials: int = Field(description="Trials so far.", examples=[120])
    num_evaluations: int = Field(description="Molecules evaluated so far.", examples=[96])
    max_evaluations: int = Field(description="The budget.", examples=[500])
    trials_by_status: dict[str, int] = Field(
        description="Trials of each status.", examples=[{"evaluated": 96, "infeasible": 24}]
    )
    best_so_far: list[float] = Field(
        description="Best utility after each evaluated trial.", examples=[[0.7, 0.7, 0.82]]
    )
    seconds_used: float = Field(description="Compute time so far, in seconds.", examples=[31.5])
    evaluations_per_second: float | None = Field(
        description="Evaluations per second of compute time (1/s).", examples=[3.1]
    )
    estimated_seconds_left: float | None = Field(
        description="Compute time left at that rate, in seconds; null: none is known.",
        examples=[130.0],
    )


class LeftOutReply(ReplySchema):
    """One molecule, predicted by a Gaussian process that was fitted without it."""

    trial_id: int = Field(description="Its number.", examples=[12])
    observed: float = Field(description="Its value, in the objective's unit.", examples=[0.91])
    predicted_mean: float = Field(description="Mean; same unit.", examples=[0.88])
    predicted_sd: float = Field(
        description="Standard deviation, the noise of a measurement included; same units.",
        examples=[0.05],
    )


class CoverageReply(ReplySchema):
    """How many observations lie inside the predicted intervals of one level."""

    level: float = Field(description="Share that should lie inside, 0 to 1.", examples=[0.95])
    share: float = Field(description="Share that does, 0 to 1.", examples=[0.93])


class LeaveOneOutReply(ReplySchema):
    """One objective's surrogate tested on what it has seen, each molecule left out in turn."""

    objective: str = Field(description="Its name.", examples=["qed"])
    rmse: float = Field(
        description="Root mean square error, in the objective's unit.", examples=[0.06]
    )
    spearman: float | None = Field(
        description="Rank correlation of predicted and observed, -1 to 1; null: one is constant.",
        examples=[0.8],
    )
    coverage: list[CoverageReply] = Field(description="Of the 50, 80 and 95 % intervals.")
    items: list[LeftOutReply] = Field(description="The molecules, in order of their trials.")


class DiagnosisReply(SharesReply):
    """Whether the optimiser's picture of a campaign can be trusted."""

    leave_one_out: list[LeaveOneOutReply] = Field(
        description="Of each objective that 3 molecules or more have a value of."
    )
