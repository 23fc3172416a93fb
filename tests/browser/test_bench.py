"""`molwright bench pages --browser`, on a service of its own."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.cli import bench_browser
from app.errors import ConfigurationError


def test_every_page_is_timed_each_time_it_is_opened(
    chromium, service, finished, monkeypatch, capsys
):
    shown = ("campaign", "its molecules")
    monkeypatch.setattr(bench_browser, "TIMES", 2)
    monkeypatch.setattr(bench_browser, "PAGES", {n: bench_browser.PAGES[n] for n in shown})
    # Playwright drives one browser a thread.
    with ThreadPoolExecutor(1) as other:
        address = f"http://127.0.0.1:{service.port}"
        other.submit(bench_browser.bench_browser, address, finished).result()
    rows = [
        re.findall(r"\d+", line) for line in capsys.readouterr().out.splitlines() if "│" in line
    ]
    assert len(rows) == len(shown)
    assert all(len(row) == 2 and all(int(time) > 0 for time in row) for row in rows)


def test_where_there_is_no_browser_it_says_so(monkeypatch):
    monkeypatch.setattr(bench_browser.shutil, "which", lambda name: None)
    with pytest.raises(ConfigurationError, match="chromium"):
        bench_browser.bench_browser("http://127.0.0.1:9", "none")
