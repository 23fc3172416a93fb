"""``/v1/bulk``: thin routes; the work is in ``service``."""

from collections.abc import Iterator
from typing import Annotated

import pyarrow as pa  # type: ignore[import-untyped]
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from app.access.ownership import JOBS
from app.access.schemas import Owner, ShareReply, ShareRequest
from app.access.sharing import CurrentActor, put_share, remove_share, shares_of
from app.alarm import StallAfter, stall_after
from app.bulk import export
from app.bulk.access import job_access
from app.bulk.operations import result_schema
from app.bulk.packing import unpack
from app.bulk.replies import JobReply, RefusedRow
from app.bulk.repository import BulkRepository
from app.bulk.schemas import JobRequest, Kind, stored_operation
from app.bulk.service import BulkService
from app.bulk.states import JobAction, JobState
from app.bulk.upload import spooled
from app.database import SessionFactory, read
from app.idempotency import OnceOnly
from app.pagination import NumberedQuery, Page, PageQuery
from app.transactions import DatabaseSession
from data.readers import Format

JobId = Annotated[
    str, Path(description="The job's `id`.", examples=["7c9e6679f6544c2b8d0b5e3f4a1c2d3e"])
]
LIBRARY = {
    "requestBody": {
        "required": True,
        "description": "The file itself, plain or gzipped.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(prefix="/v1/bulk", tags=["bulk"], dependencies=[Depends(job_access)])


async def _service(request: Request, actor: CurrentActor) -> BulkService:
    state = request.app.state
    return BulkService(
        state.session_factory,
        state.models,
        state.execution,
        actor,
        state.known,
        stall_after(request),
    )


Service = Annotated[BulkService, Depends(_service)]


@router.post("", status_code=201, response_model=JobReply)
def create_job(request: JobRequest, service: Service, once: OnceOnly) -> Response:
    """Store a bulk job, which runs once it has its library, or at once where it needs none."""
    return service.create(request, once).to_response()


@router.get("")
def list_jobs(
    session: DatabaseSession,
    actor: CurrentActor,
    stall_after: StallAfter,
    page: PageQuery,
    state: Annotated[
        JobState | None, Query(description="Only those in this state.", examples=["running"])
    ] = None,
    kind: Annotated[
        Kind | None, Query(description="Only those of this operation.", examples=["library"])
    ] = None,
) -> Page[JobReply]:
    """Your bulk jobs and those shared with you, newest first; of an admin's key: all."""
    visible = JOBS.visible_to(actor)
    rows, total = BulkRepository(session).newest(page.after, state, page.limit + 1, visible, kind)
    shown = rows[: page.limit]
    return Page(
        items=[JobReply.of(row, stall_after) for row in shown],
        total=total,
        next=shown[-1].id if len(rows) > page.limit else None,
    )


@router.get("/{job_id}")
def read_job(job_id: JobId, session: DatabaseSession, stall_after: StallAfter) -> JobReply:
    """The job as it stands, with its progress and rate."""
    return JobReply.of(BulkRepository(session).get(job_id), stall_after)


@router.delete("/{job_id}", status_code=204)
def delete_job(job_id: JobId, session: DatabaseSession, service: Service) -> None:
    """Forget it with its library and its results; one that runs has to be cancelled first."""
    service.delete(session, job_id)


@router.put("/{job_id}/library", status_code=202, openapi_extra=LIBRARY)
async def send_library(
    job_id: JobId,
    request: Request,
    service: Service,
    file_format: Annotated[
        Format,
        Query(alias="format", description="Kind of file; gzip is recognised.", examples=["smi"]),
    ],
    smiles_column: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Column of a CSV file; null: the one called smiles, in any case.",
            examples=["SMILES"],
        ),
    ] = None,
) -> JobReply:
    """Send the library as the body, and start the job; a row that is no use is refused alone."""
    async with spooled(request.stream(), request.app.state.settings.data_dir) as file:
        return await run_in_threadpool(service.upload, job_id, file, file_format, smiles_column)


def _add_action(action: JobAction, summary: str) -> None:
    def act(job_id: JobId, session: DatabaseSession, service: Service) -> JobReply:
        return service.act(session, job_id, action)

    router.add_api_route(
        f"/{{job_id}}/{action}",
        act,
        methods=["POST"],
        status_code=202,
        name=f"{action}_job",
        summary=summary,
    )


_add_action(JobAction.CANCEL, "Stop at once; chunks being computed are dropped, others stay.")
_add_action(JobAction.RESUME, "Compute what is not done of a cancelled or failed job.")


@router.get("/{job_id}/shares")
def list_job_shares(job_id: JobId, session: DatabaseSession) -> Page[ShareReply]:
    """Whom the job is shared with."""
    BulkRepository(session).get(job_id)
    return ShareReply.page(shares_of(session, JOBS, job_id))


@router.put("/{job_id}/shares/{owner}")
def share_job(
    job_id: JobId, owner: Owner, request: ShareRequest, session: DatabaseSession
) -> ShareReply:
    """Let somebody else read the job and search what it made, or change it too; its owner's."""
    BulkRepository(session).get(job_id)
    return ShareReply.of(put_share(session, JOBS, job_id, owner, can_write=request.can_write))


@router.delete("/{job_id}/shares/{owner}", status_code=204)
def unshare_job(job_id: JobId, owner: Owner, session: DatabaseSession) -> None:
    """Share it with them no longer."""
    remove_share(session, JOBS, job_id, owner)


@router.get("/{job_id}/refused")
def list_refused(job_id: JobId, session: DatabaseSession, page: NumberedQuery) -> Page[RefusedRow]:
    """The rows that nothing came of so far, in the order of the file, each with the reason."""
    repository = BulkRepository(session)
    job = repository.get(job_id)
    rows = repository.refusals(job_id, page.after, page.limit + 1)
    shown = rows[: page.limit]
    return Page(
        items=[RefusedRow.of(row) for row in shown],
        total=job.num_refused,
        next=str(shown[-1].line) if len(rows) > page.limit else None,
    )


@router.get(
    "/{job_id}/results",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in export.MEDIA_TYPES.values()}}},
)
def read_results(
    job_id: JobId,
    request: Request,
    session: DatabaseSession,
    file_format: Annotated[
        export.Format, Query(alias="format", description="Kind of file.", examples=["parquet"])
    ] = "csv",
) -> StreamingResponse:
    """The chunks that are done, in the order of the library, as a file."""
    repository = BulkRepository(session)
    job = repository.get(job_id)
    schema = result_schema(stored_operation(job.operation))
    chunks = _chunks(request.app.state.session_factory, job_id, list(repository.done(job_id)))
    whole = "" if job.state is JobState.SUCCEEDED else "-partial"
    name = f"attachment; filename=bulk-{job_id}{whole}.{file_format}"
    return StreamingResponse(
        export.write(chunks, schema, file_format),
        media_type=export.MEDIA_TYPES[file_format],
        headers={"Content-Disposition": name},
    )


def _chunks(sessions: SessionFactory, job_id: str, numbers: list[int]) -> Iterator[pa.Table]:
    # A transaction each: what is done never changes, and a slow reader must not hold one open.
    for number in numbers:
        with read(sessions) as session:
            result = BulkRepository(session).result(job_id, number)
        if result is None:
            raise ConnectionAbortedError(f"bulk job {job_id} was deleted while it was read")
        yield unpack(result)
