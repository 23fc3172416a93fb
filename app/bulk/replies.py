"""What the bulk jobs' endpoints answer."""

from datetime import datetime, timedelta

from pydantic import Field

from app.alarm import alarm_of
from app.bulk.schemas import OperationSchema, stored_operation
from app.bulk.states import JobState
from app.bulk.tables import JobRow, RefusalRow
from app.database import now
from app.schemas import ReplySchema

WHEN = "2026-01-31T12:00:00Z"


class JobReply(ReplySchema):
    """A bulk job as it stands; cheap enough to poll."""

    id: str = Field(description="Identity.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"])
    name: str = Field(description="Name for people.", examples=["vendor library"])
    owner: str | None = Field(
        description="Whose it is, by the key that created it; null: no key was asked for.",
        examples=["alice"],
    )
    state: JobState = Field(
        description="Where it stands; a draft waits for its library.", examples=["running"]
    )
    reason: str | None = Field(description="Why it failed; else null.", examples=[None])
    alarm: str | None = Field(
        description="What is wrong where it runs and finished no chunk for MOLWRIGHT_STALL_SECONDS;"
        " else null.",
        examples=[None],
    )
    operation: OperationSchema = Field(description="What is done with each row.")
    model: str = Field(description="Name of the model.", examples=["zinc250k"])
    model_hash: str = Field(description="SHA-256 of the model's weights.", examples=["ab12..."])
    num_rows: int = Field(
        description="Rows of the library, refused ones too; of a sample from the prior, the "
        "strings to decode.",
        examples=[1_000_000],
    )
    num_rows_done: int = Field(description="Rows that are done.", examples=[250_000])
    num_refused: int = Field(
        description="Rows, of those done, that nothing came of; `/refused` says why.",
        examples=[12],
    )
    num_results: int = Field(description="Rows of the result so far.", examples=[249_988])
    progress: float = Field(description="Share of the rows that are done, 0 to 1.", examples=[0.25])
    rows_per_second: float | None = Field(
        description="Rows done a second since it was last started; null before the first.",
        examples=[1_500.0],
    )
    estimated_seconds_left: float | None = Field(
        description="Time left at that rate; null where it does not run or nothing is done yet.",
        examples=[500.0],
    )
    seconds_used: float = Field(
        description="Compute time of all workers together, in seconds.", examples=[320.5]
    )
    created_at: datetime = Field(description="When it was created.", examples=[WHEN])
    started_at: datetime | None = Field(
        description="When it was last started or resumed.", examples=[WHEN]
    )
    progress_at: datetime | None = Field(
        description="When a chunk was last finished, or it was started.", examples=[WHEN]
    )
    finished_at: datetime | None = Field(description="When it ended; null before.", examples=[None])

    @classmethod
    def of(cls, row: JobRow, stall_after: timedelta) -> "JobReply":
        """From its row; an alarm after ``stall_after``."""
        members = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        rate = _rate(row)
        left = row.num_rows - row.num_rows_done
        return cls(
            **members
            | {
                "operation": stored_operation(row.operation),
                "alarm": alarm_of(row, stall_after),
                "progress": row.num_rows_done / row.num_rows if row.num_rows else 0.0,
                "rows_per_second": rate,
                "estimated_seconds_left": rate and left / rate
                if row.state is JobState.RUNNING
                else None,
            }
        )


class RefusedRow(ReplySchema):
    """One row that nothing came of."""

    line: int = Field(
        description="Its line in the file, from 1; of an SDF record the first; of a sample from "
        "the prior its number.",
        examples=[17],
    )
    name: str = Field(description="Its name in the file.", examples=["ZINC000001"])
    text: str = Field(description="What stands there, or its beginning.", examples=["C1CC"])
    code: str = Field(description="Stable name of the reason.", examples=["syntax"])
    message: str = Field(
        description="The reason in plain words.", examples=["'C1CC' opens a ring it never closes"]
    )

    @classmethod
    def of(cls, row: RefusalRow) -> "RefusedRow":
        """From its row."""
        return cls.model_validate(row, from_attributes=True)


def _rate(row: JobRow) -> float | None:
    done = row.num_rows_done - row.num_rows_before
    if row.started_at is None or done <= 0:
        return None
    seconds = ((row.finished_at or now()) - row.started_at).total_seconds()
    return done / seconds if seconds > 0 else None
