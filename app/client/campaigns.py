"""``client.campaigns``: make, find and open campaigns."""

from collections.abc import Iterator

from typing_extensions import Unpack

from app.client.campaign import Campaign
from app.client.campaign_types import CampaignInfo, CampaignRequest, State, Validation
from app.client.endpoint import Endpoint
from app.client.pages import PAGE, Page, every
from app.client.transport import Transport

CREATE = Endpoint("POST", "/v1/campaigns", CampaignInfo, "keyed", request=CampaignRequest)
LIST = Endpoint("GET", "/v1/campaigns", Page[CampaignInfo], query=("state", *PAGE))
VALIDATE = Endpoint("POST", "/v1/campaigns/validate", Validation, request=CampaignRequest)


class Campaigns:
    """All that the key may see."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def create(
        self, *, idempotency_key: str | None = None, **request: Unpack[CampaignRequest]
    ) -> Campaign:
        """Store a campaign as a draft; its ``start`` runs it.

        Args:
            idempotency_key: Text of yours under which it is created once only, however often the
                program that does so is run; None: a new one.
            request: The campaign.
        """
        info = self._http.call(CREATE, body=request, key=idempotency_key)
        return self.open(info.id)

    def validate(self, **request: Unpack[CampaignRequest]) -> Validation:
        """What would be refused and why, and how long it may take; nothing is stored."""
        return self._http.call(VALIDATE, body=request)

    def list(self, *, state: State | None = None) -> Iterator[CampaignInfo]:
        """Your campaigns and those shared with you, newest first."""
        return every(self._http, LIST, query={"state": state})

    def open(self, campaign_id: str) -> Campaign:
        """A campaign by its id; nothing is asked of the service yet."""
        return Campaign(self._http, campaign_id)
