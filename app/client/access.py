"""Who the service takes the caller for, whom a campaign is shared with, and who changed what."""

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
    """What somebody else may do with a campaign."""

    can_write: NotRequired[bool]


class Share(ReplyModel):
    """Somebody whom a campaign is shared with."""

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


_OF = "/v1/campaigns/{campaign_id}"
WHOAMI = Endpoint("GET", "/v1/whoami", WhoAmI)
AUDIT = Endpoint("GET", "/v1/audit", Page[AuditEntry], query=("owner", *PAGE))
SHARES = Endpoint("GET", f"{_OF}/shares", Page[Share])
SHARE = Endpoint("PUT", f"{_OF}/shares/{{owner}}", Share, request=ShareRequest)
UNSHARE = Endpoint("DELETE", f"{_OF}/shares/{{owner}}", type(None), "never")
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


class Sharing:
    """``campaign.sharing``."""

    def __init__(self, http: Transport, campaign_id: str) -> None:
        self._http = http
        self._path = {"campaign_id": campaign_id}

    def list(self) -> Iterator[Share]:
        """Those whom the campaign is shared with."""
        yield from self._http.call(SHARES, path=self._path).items

    def add(self, owner: str, *, can_write: bool = False) -> Share:
        """Let somebody read the campaign, or change it too."""
        body: ShareRequest = {"can_write": can_write}
        return self._http.call(SHARE, path=self._path | {"owner": owner}, body=body)

    def remove(self, owner: str) -> None:
        """Take that back."""
        self._http.call(UNSHARE, path=self._path | {"owner": owner})

    def audit(self) -> Iterator[AuditEntry]:
        """Every change of the campaign, newest first."""
        return every(self._http, CAMPAIGN_AUDIT, path=self._path)
