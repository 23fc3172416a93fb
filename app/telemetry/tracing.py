"""Traces of the requests, for whoever runs an OpenTelemetry collector."""

from collections.abc import Mapping

from opentelemetry.propagate import extract
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Tracer
from starlette.types import Scope

from app.errors import ConfigurationError

NAME = "molwright"


def tracer_to(endpoint: str) -> Tracer:
    """What makes spans and sends them, in the background, to the collector at ``endpoint``.

    Without an endpoint it makes none.

    Raises:
        ConfigurationError: the extra that sends them is not installed.
    """
    if not endpoint:
        return NoOpTracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError(
            f"MOLWRIGHT_OTLP_ENDPOINT needs OpenTelemetry: pip install 'molwright[otel]' ({error})"
        ) from error
    # It sends what it still has when the process ends.
    provider = TracerProvider(resource=Resource.create({"service.name": NAME}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider.get_tracer(NAME)


def begin_span(tracer: Tracer, scope: Scope, headers: Mapping[str, str]) -> Span:
    """The span of a request, within the caller's own trace where it names one (W3C)."""
    return tracer.start_span(
        scope["method"],
        context=extract(headers),
        kind=SpanKind.SERVER,
        attributes={"http.request.method": scope["method"], "url.path": scope["path"]},
    )


def end_span(span: Span, route: str, status: int, context: Mapping[str, str]) -> None:
    """Name the span by its route, and say what became of the request."""
    span.update_name(f"{context['action'].partition(' ')[0]} {route}")
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    for name in ("request_id", "campaign"):
        if name in context:
            span.set_attribute(f"{NAME}.{name}", context[name])
    span.end()


def trace_id_of(span: Span) -> str | None:
    """The trace's id as collectors show it; None where no trace is made."""
    context = span.get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
