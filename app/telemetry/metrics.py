"""What this process counts, for Prometheus; what the database knows is in ``collector``."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

REQUESTS = Counter(
    "molwright_requests",
    "Requests answered, by method, route and status.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
LATENCY = Histogram(
    "molwright_request_seconds",
    "Time from a request to the end of its answer, by method and route.",
    ["method", "route"],
    buckets=SECONDS,
    registry=REGISTRY,
)
UNDER_WAY = Gauge("molwright_requests_under_way", "Requests being answered.", registry=REGISTRY)
QUEUE = Gauge(
    "molwright_model_queue", "Calls that wait for a model or are served by it.", registry=REGISTRY
)
BATCH_CALLS = Histogram(
    "molwright_model_batch_calls",
    "Calls that shared one batch of a model.",
    buckets=ROWS,
    registry=REGISTRY,
)
BATCH_ROWS = Histogram(
    "molwright_model_batch_rows", "Rows of one batch of a model.", buckets=ROWS, registry=REGISTRY
)
DECODES = Counter(
    "molwright_decodes",
    "Strings that this process decoded, by whether they are molecules.",
    ["valid"],
    registry=REGISTRY,
)
