"""What schemathesis is told of this service; loaded by its own process, see `schemathesis.toml`."""

import itertools
import os

import schemathesis
from hypothesis import strategies as st

KNOWN = {
    "campaign_id": os.environ["FUZZ_CAMPAIGN"],
    "job_id": os.environ["FUZZ_JOB"],
    "name": "toy",
}
"""Things that are there: an id that is guessed leads to a 404 and no further."""

_numbers = itertools.count()


@schemathesis.hook
def flatmap_path_parameters(context, path_parameters):
    deletes = context.operation.method == "delete"
    if not path_parameters or (deletes and "owner" not in path_parameters):
        return st.just(path_parameters)
    known = {name: KNOWN.get(name, value) for name, value in path_parameters.items()}
    return st.sampled_from([known, path_parameters])


@schemathesis.hook
def map_headers(context, headers):
    """No key twice: what it made before may be deleted, and the reply of then stays."""
    for name, key in (headers or {}).items():
        if name.lower() == "idempotency-key" and isinstance(key, str) and 0 < len(key) <= 40:
            headers[name] = f"{key}{next(_numbers)}"
    return headers


@schemathesis.check
def refusals_point(ctx, response, case):
    """A 422 says which part of the request is wrong."""
    if response.status_code != 422:
        return
    problem = response.json()
    unread = "the body" in problem["detail"]  # is no JSON, or cannot be read
    assert unread or problem.get("errors"), f"422 that points at nothing: {problem}"
