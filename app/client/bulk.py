"""Bulk jobs: one operation on every row of a library."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from typing_extensions import Unpack

from app.client.access import JobSharing
from app.client.bulk_types import JobInfo, JobRequest, Kind, RefusedRow
from app.client.endpoint import Endpoint
from app.client.pages import PAGE, Page, every
from app.client.transport import Transport

_ALL, _OF = "/v1/bulk", "/v1/bulk/{job_id}"

CREATE = Endpoint("POST", _ALL, JobInfo, repeat="keyed", request=JobRequest)
LIST = Endpoint("GET", _ALL, Page[JobInfo], query=(*PAGE, "state", "kind"))
READ = Endpoint("GET", _OF, JobInfo)
DELETE = Endpoint("DELETE", _OF, type(None), repeat="never")
SEND = Endpoint("PUT", f"{_OF}/library", JobInfo, repeat="never", query=("format", "smiles_column"))
CANCEL = Endpoint("POST", f"{_OF}/cancel", JobInfo, repeat="never")
RESUME = Endpoint("POST", f"{_OF}/resume", JobInfo, repeat="never")
REFUSED = Endpoint("GET", f"{_OF}/refused", Page[RefusedRow], query=PAGE)
RESULTS = Endpoint("GET", f"{_OF}/results", bytes, query=("format",))

LibraryFormat = Literal["csv", "smi", "sdf"]
ResultFormat = Literal["csv", "parquet"]


class Job:
    """One bulk job; ``id`` is all it knows of it, everything else is asked."""

    def __init__(self, http: Transport, job_id: str) -> None:
        self._http, self.id = http, job_id
        self._path = {"job_id": job_id}
        self.sharing = JobSharing(http, self._path)

    def info(self) -> JobInfo:
        """How it stands, with its progress and rate."""
        return self._http.call(READ, path=self._path)

    def send(
        self,
        library: str | Path,
        *,
        file_format: LibraryFormat | None = None,
        smiles_column: str | None = None,
    ) -> JobInfo:
        """Send a file, plain or gzipped, and start the job.

        Args:
            library: The file.
            file_format: Kind of file; None: the path's ending, before any ``.gz``.
            smiles_column: Column of a CSV file; None: the one called smiles, in any case.

        Raises:
            InvalidRequestError: the file or its kind is no use.
            OSError: it cannot be read.
        """
        file = Path(library)
        kind = file_format or Path(file.name.removesuffix(".gz")).suffix.removeprefix(".")
        query = {"format": kind, "smiles_column": smiles_column}
        return self._http.upload(SEND, file, path=self._path, query=query)

    def cancel(self) -> JobInfo:
        """Stop at once; chunks that are done stay."""
        return self._http.call(CANCEL, path=self._path)

    def resume(self) -> JobInfo:
        """Compute what is not done of a cancelled or failed job."""
        return self._http.call(RESUME, path=self._path)

    def delete(self) -> None:
        """Forget it with its library and its results."""
        self._http.call(DELETE, path=self._path)

    def refused(self) -> Iterator[RefusedRow]:
        """The rows that nothing came of so far, in the order of the file."""
        return every(self._http, REFUSED, path=self._path)

    def results(self, path: str | Path, *, file_format: ResultFormat | None = None) -> Path:
        """Write what is done to a file, which appears when it is complete.

        Args:
            path: The file; it is replaced if it exists.
            file_format: Kind of file; None: the path's ending.

        Raises:
            InvalidRequestError: the ending is that of no format.
        """
        target = Path(path)
        query = {"format": file_format or target.suffix.removeprefix(".")}
        self._http.download(RESULTS, target, path=self._path, query=query)
        return target


class Bulk:
    """``client.bulk``."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(self, **request: Unpack[JobRequest]) -> Job:
        """Store a job, which runs once it has its library, or at once where it needs none."""
        return Job(self._http, self._http.call(CREATE, body=request).id)

    def get(self, job_id: str) -> Job:
        """The job with this id, unasked."""
        return Job(self._http, job_id)

    def list(self, *, state: str | None = None, kind: Kind | None = None) -> Iterator[JobInfo]:
        """Your jobs and those shared with you, newest first; of an admin's key: all."""
        return every(self._http, LIST, query={"state": state, "kind": kind})
