import threading
from types import SimpleNamespace

from app.keep import Keep
from app.pages.campaigns.one.points import MAX_MOLECULES


def test_no_more_is_kept_than_fits():
    keep = Keep(10, len)
    assert keep.get("a", lambda: b"x" * 11) == b"x" * 11
    assert keep.get("a", lambda: b"y" * 6) == b"y" * 6
    assert keep.get("b", lambda: b"z" * 5) == b"z" * 5
    assert keep.get("b", lambda: b"!") == b"z" * 5
    assert keep.get("a", lambda: b"!") == b"!"


def test_what_was_asked_for_longest_ago_goes_first():
    keep = Keep(2, lambda _: 1)
    for key in "abac":
        keep.get(key, key.upper)
    assert [keep.get(key, lambda: "made again") for key in "ac"] == ["A", "C"]
    assert keep.get("b", lambda: "made again") == "made again"


def test_points_of_nothing_take_their_place_too(app):
    keep = app.state.kept_points
    for number in range(MAX_MOLECULES + 5):
        keep.get(str(number), lambda: SimpleNamespace(trials=[]))
    assert len(keep._kept) == MAX_MOLECULES


def test_many_threads_may_ask():
    keep = Keep(5, lambda _: 1)
    wrong = []

    def ask(seed):
        for n in range(2_000):
            key = str((seed * n) % 11)
            if keep.get(key, lambda key=key: key) != key:
                wrong.append(key)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
