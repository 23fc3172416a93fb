"""Is the service there, and what does it measure of itself."""

from app.client.endpoint import Endpoint, ReplyModel
from app.client.transport import Transport


class Liveness(ReplyModel):
    """The process answers."""

    status: str


class Readiness(ReplyModel):
    """``ok``, or ``unavailable`` with what is missing and why."""

    status: str
    missing: dict[str, str]


LIVE = Endpoint("GET", "/health/live", Liveness)
READY = Endpoint("GET", "/health/ready", Readiness, accepts=(503,))
METRICS = Endpoint("GET", "/metrics", str)


class Health:
    """``client.health``."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def live(self) -> Liveness:
        """The process answers requests."""
        return self._http.call(LIVE)

    def ready(self) -> Readiness:
        """Whether database, model and worker are there; what is missing is told, not raised."""
        return self._http.call(READY)

    def metrics(self) -> str:
        """The service's counters, in Prometheus' text format."""
        return self._http.call(METRICS)
