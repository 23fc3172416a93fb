import http.server
import sys
import threading

import pytest

from app.errors import ConfigurationError
from app.telemetry.tracing import tracer_to


@pytest.fixture
def collector():
    """Its address, and the paths that spans were sent to."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_reach_the_collector(collector):
    address, asked = collector
    tracer = tracer_to(f"{address}/")
    tracer.start_span("x").end()
    assert tracer.span_processor.force_flush()
    tracer.span_processor.shutdown()
    assert asked == ["/v1/traces"]


def test_without_a_collector_there_are_none():
    assert not tracer_to("").start_span("x").is_recording()


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match=r"molwright\[otel\]"):
        tracer_to("http://127.0.0.1:4318")
