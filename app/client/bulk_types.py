"""What bulk jobs take and answer; units are those of the reference, `/docs`."""

from datetime import datetime
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from app.client.endpoint import ReplyModel
from app.client.wishes import Wish


class EncodeEach(Wish):
    """The latent of each row."""

    kind: Literal["encode"]


class Library(Wish):
    """A library to be searched."""

    kind: Literal["library"]


class ScoreEach(Wish):
    """Computed properties of each row."""

    kind: Literal["score"]
    properties: NotRequired[list[str]]


class SampleAroundEach(Wish):
    """New molecules around each row, or from the prior."""

    kind: Literal["sample"]
    num_molecules: int
    around: NotRequired[Literal["library", "prior"]]
    scaled_radius: NotRequired[float]
    temperature: NotRequired[float]
    constrained: NotRequired[bool]
    labels: NotRequired[dict[str, float]]
    properties: NotRequired[list[str]]
    seed: NotRequired[int | None]


class NeighboursOfEach(Wish):
    """The nearest to each row, of a few reference molecules or of whole libraries."""

    kind: Literal["neighbours"]
    references: NotRequired[list[str]]
    libraries: NotRequired[list[str]]
    k: NotRequired[int]
    space: NotRequired[Literal["latent", "fingerprint"]]


Kind = Literal["encode", "library", "score", "sample", "neighbours"]
Operation = EncodeEach | Library | ScoreEach | SampleAroundEach | NeighboursOfEach


class JobRequest(TypedDict):
    """A bulk job."""

    operation: Operation
    name: NotRequired[str]
    model: NotRequired[str | None]


class JobInfo(ReplyModel):
    """A bulk job as it stands."""

    id: str
    name: str
    owner: str | None
    state: str
    reason: str | None
    alarm: str | None
    operation: Operation
    model: str
    model_hash: str
    num_rows: int
    num_rows_done: int
    num_refused: int
    num_results: int
    progress: float
    rows_per_second: float | None
    estimated_seconds_left: float | None
    seconds_used: float
    created_at: datetime
    started_at: datetime | None
    progress_at: datetime | None
    finished_at: datetime | None


class RefusedRow(ReplyModel):
    """A row that nothing came of, and why."""

    line: int
    name: str
    text: str
    code: str
    message: str
