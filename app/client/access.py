"""Who the service takes the caller for, what is shared with whom, and who changed what."""

from abc import ABC
from collections.abc import Iterator
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from app.client.endpoint import Endpoint, ReplyModel
from app.client.pages import PAGE, Page, every
from app.client.transport import Transport


class WhoAmI(ReplyModel):
    """The caller; no owner: the service asks for no keys."""

    owner: str | None
    key_id: str | None
    scope: str


class ShareRequest(TypedDict):
    """What somebody else may do with a campaign, or with a bulk job."""

    can_write: NotRequired[bool]


class Share(ReplyModel):
    """Somebody whom it is shared with."""

    owner: str
    can_write: bool
    created_at: datetime


class AuditEntry(ReplyModel):
    """One change."""

    id: int
    at: datetime
    owner: str | None
    key_id: str | None
    request_id: str | None
    action: str
    campaign_id: str | None
    changes: list[str]


_OF, _OF_JOB = "/v1/campaigns/{campaign_id}", "/v1/bulk/{job_id}"
WHOAMI = Endpoint("GET", "/v1/whoami", WhoAmI)
AUDIT = Endpoint("GET", "/v1/audit", Page[AuditEntry], query=("owner", *PAGE))
SHARES = Endpoint("GET", f"{_OF}/shares", Page[Share])
SHARE = Endpoint("PUT", f"{_OF}/shares/{{owner}}", Share, request=ShareRequest)
UNSHARE = Endpoint("DELETE", f"{_OF}/shares/{{owner}}", type(None), "never")
JOB_SHARES = Endpoint("GET", f"{_OF_JOB}/shares", Page[Share])
JOB_SHARE = Endpoint("PUT", f"{_OF_JOB}/shares/{{owner}}", Share, request=ShareRequest)
JOB_UNSHARE = Endpoint("DELETE", f"{_OF_JOB}/shares/{{owner}}", type(None), "never")
CAMPAIGN_AUDIT = Endpoint("GET", f"{_OF}/audit", Page[AuditEntry], query=PAGE)


class Access:
    """``client.access``."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def whoami(self) -> WhoAmI:
        """Owner and scope of the key in use."""
        return self._http.call(WHOAMI)

    def audit(self, *, owner: str | None = None) -> Iterator[AuditEntry]:
        """Every change, or those of one owner, newest first; needs the scope ``admin``."""
        return every(self._http, AUDIT, query={"owner": owner})


class _Shares(ABC):
    """Whom one thing is shared with."""

    _list: Endpoint[Page[Share]]
    _add: Endpoint[Share]
    _remove: Endpoint[None]

    def __init__(self, http: Transport, path: dict[str, str]) -> None:
        self._http = http
        self._path = path

    def list(self) -> Iterator[Share]:
        """Those whom it is shared with."""
        yield from self._http.call(self._list, path=self._path).items

    def add(self, owner: str, *, can_write: bool = False) -> Share:
        """Let somebody read it, or change it too."""
        body: ShareRequest = {"can_write": can_write}
        return self._http.call(self._add, path=self._path | {"owner": owner}, body=body)

    def remove(self, owner: str) -> None:
        """Take that back."""
        self._http.call(self._remove, path=self._path | {"owner": owner})


class JobSharing(_Shares):
    """``job.sharing``; of a job of the kind ``library``, whoever reads it may search it."""

    _list, _add, _remove = JOB_SHARES, JOB_SHARE, JOB_UNSHARE


class Sharing(_Shares):
    """``campaign.sharing``."""

    _list, _add, _remove = SHARES, SHARE, UNSHARE

    def audit(self) -> Iterator[AuditEntry]:
        """Every change of the campaign, newest first."""
        return every(self._http, CAMPAIGN_AUDIT, path=self._path)
