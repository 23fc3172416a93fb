"""How a campaign goes, and how far it can be trusted; shares are from 0 to 1."""

from app.client.endpoint import ReplyModel


class Shares(ReplyModel):
    """What became of the molecules that were decoded; None: nobody counted."""

    valid_share: float | None
    unique_share: float | None
    novel_share: float | None
    feasible_share: float | None
    hypervolume: list[float] | None


class Progress(Shares):
    """How far it is; times are seconds of computing."""

    state: str
    num_trials: int
    num_evaluations: int
    max_evaluations: int
    trials_by_status: dict[str, int]
    best_so_far: list[float]
    seconds_used: float
    evaluations_per_second: float | None
    estimated_seconds_left: float | None


class LeftOut(ReplyModel):
    """One molecule, predicted by a Gaussian process that was fitted without it."""

    trial_id: int
    observed: float
    predicted_mean: float
    predicted_sd: float


class Coverage(ReplyModel):
    """Which ``share`` of the observations lies inside the intervals of one ``level``."""

    level: float
    share: float


class LeaveOneOut(ReplyModel):
    """One objective's surrogate, tested on what it has seen."""

    objective: str
    rmse: float
    spearman: float | None
    coverage: list[Coverage]
    items: list[LeftOut]


class Diagnosis(Shares):
    """Whether the optimiser's picture of a campaign can be trusted."""

    leave_one_out: list[LeaveOneOut]
