import pytest

from app.engine import worker


class Runner:
    """Tells, look by look, what it holds and does not do."""

    def __init__(self, *looks):
        self.looks = list(looks)

    def strays(self):
        look = self.looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look


@pytest.fixture
def watched(monkeypatch):
    """How a process ends that holds this; it ends at the last look in any case."""

    def end(status):
        raise SystemExit(status)

    monkeypatch.setattr(worker.os, "_exit", end)
    monkeypatch.setattr(worker, "WATCH_SECONDS", 0)

    def watch(*looks):
        with pytest.raises((SystemExit, IndexError)) as ended:
            worker._watch(Runner(*looks))
        return ended.type

    return watch


def test_a_process_that_keeps_work_it_does_not_do_ends(watched):
    assert watched({"a"}, {"a", "b"}) is SystemExit
    assert watched(set(), {"a"}, OSError("no database"), {"a"}) is SystemExit


def test_what_passes_is_no_reason_to_end(watched):
    assert watched({"a"}, set(), {"a"}, {"b"}, OSError("no database")) is IndexError
