"""``GET /metrics``."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

from app.telemetry.collector import DatabaseCollector
from app.telemetry.metrics import REGISTRY

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
)
def metrics(request: Request) -> Response:
    """Counts of this process, and of the campaigns in the database, for Prometheus."""
    state = request.app.state
    database = CollectorRegistry()
    stall_after = timedelta(seconds=state.settings.stall_seconds)
    database.register(DatabaseCollector(state.session_factory, stall_after))
    text = generate_latest(REGISTRY) + generate_latest(database)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
