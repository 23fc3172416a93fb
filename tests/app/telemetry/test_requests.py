import re

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse

from app.telemetry.requests import SAFETY, RequestContext
from tests.app.campaigns.conftest import REQUEST
from tests.app.problems import check_problem


def told(caplog, event):
    """The log lines of an event."""
    found = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [line for line in found if line["event"] == event]


def test_every_answer_has_an_id_that_the_log_has_too(client, caplog):
    answer = client.get("/v1/models", headers={"X-Request-ID": "trace-1.a_b"})
    assert answer.headers["X-Request-ID"] == "trace-1.a_b"
    [line] = told(caplog, "request")
    assert (line["request_id"], line["action"]) == ("trace-1.a_b", "GET /v1/models")
    assert (line["status"], line["level"]) == (200, "info")
    assert line["seconds"] > 0


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", 'a"b', "a\\nb"])
def test_an_id_that_could_forge_a_log_line_is_replaced(client, given):
    answer = client.get("/v1/models", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])


def test_lines_about_a_campaign_name_it(client, caplog):
    path = client.post("/v1/campaigns", json=REQUEST).headers["Location"]
    client.get(f"{path}/trials")
    assert told(caplog, "request")[-1]["campaign"] == path.rpartition("/")[2]


def test_a_request_ends_with_its_answer_whatever_is_done_behind_it(app, caplog):
    lines = []

    async def behind():
        lines.extend(told(caplog, "request"))

    def answering():
        return PlainTextResponse("done", background=BackgroundTask(behind))

    app.add_api_route("/answering", answering)
    with TestClient(app) as client:
        client.get("/answering")
    assert [line["action"] for line in lines] == ["GET /answering"]
    assert len(told(caplog, "request")) == 1


def test_probes_are_not_logged(client, caplog):
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert client.get(path).status_code == 200
    assert told(caplog, "request") == []


@pytest.mark.parametrize("path", ["/v1/models", "/v1/nothing", "/docs"])
def test_every_answer_says_what_a_browser_must_not_do(client, path):
    headers = client.get(path).headers
    assert {name: headers[name] for name in SAFETY} == SAFETY


def test_a_bug_is_logged_with_the_id_that_its_answer_has(app, monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError("the secret")

    app.add_api_route("/broken", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    check_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    [bug] = told(caplog, "unhandled error")
    assert bug["request_id"] == answer.headers["X-Request-ID"]
    assert told(caplog, "request")[0]["status"] == 500


def test_half_an_answer_breaks_the_connection():
    async def half(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        TestClient(RequestContext(half, NoOpTracer())).get("/")


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def traced(app, spans):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return TestClient(RequestContext(app, provider.get_tracer("test")))


def test_a_request_is_a_span_within_the_caller_s_trace(traced, client, spans, caplog):
    parent = "0af7651916cd43dd8448eb211c80319c"
    traced.get("/v1/models/toy", headers={"traceparent": f"00-{parent}-b7ad6b7169203331-01"})
    [span] = spans.get_finished_spans()
    assert span.name == "GET /v1/models/{name}"
    assert f"{span.context.trace_id:032x}" == parent
    assert span.attributes["http.response.status_code"] == 200
    assert told(caplog, "request")[0]["trace_id"] == parent
