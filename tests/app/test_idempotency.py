"""A key that comes twice at the same moment, on every database."""

import threading
from concurrent.futures import ThreadPoolExecutor

from app.database import create_session_factory
from app.idempotency import Once, Reply
from tests.app.databases import ON_BOTH


@ON_BOTH
def test_of_two_requests_at_once_one_is_carried_out(app, client):
    sessions = create_session_factory(app.state.engine)
    once = Once("/v1/things", "key", "hash")
    both_have_computed = threading.Barrier(2, timeout=30)
    committed = []

    def commit(session, _):
        committed.append(1)
        return Reply(201, f"thing {len(committed)}")

    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(once.run, sessions, lambda _: both_have_computed.wait, commit)
            for _ in range(2)
        ]
        replies = [run.result() for run in runs]
    assert committed == [1]
    assert replies == [Reply(201, "thing 1")] * 2
