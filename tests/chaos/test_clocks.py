"""The clocks that the chaos suite sets are seen as the system's would be."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.chaos.clocks import Clocks

TELL = """
import datetime, json, sqlite3, sys, time
for _ in sys.stdin:
    (sql,) = sqlite3.connect(":memory:").execute("SELECT CURRENT_TIMESTAMP").fetchone()
    print(json.dumps({
        "time": time.time(),
        "datetime": datetime.datetime.now(datetime.UTC).timestamp(),
        "sqlite": datetime.datetime.fromisoformat(sql + "+00:00").timestamp(),
        "monotonic": time.monotonic(),
    }), flush=True)
"""
HOUR = 3_600
NEAR = 120
"""Seconds that a busy machine may take to answer."""


@pytest.fixture
def tell(tmp_path):
    """What the clocks of another process say, against those of this one, in seconds."""
    clocks = Clocks(tmp_path / "clocks")
    environment = clocks.environment(os.environ | {"PYTHONPATH": ""})
    command = [sys.executable, "-c", TELL]
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def told(shift):
            clocks.shift(shift)
            while not clocks.is_seen_by(process.pid):
                assert process.poll() is None
                time.sleep(0.05)
            process.stdin.write("\n")
            process.stdin.flush()
            found = json.loads(process.stdout.readline())
            return {
                name: value - (time.monotonic() if name == "monotonic" else time.time())
                for name, value in found.items()
            }

        yield told
        process.stdin.close()


def test_a_process_sees_its_wall_clock_set_while_it_runs(tell):
    for shift, offset in ((0, 0), (HOUR, HOUR), (-2 * HOUR, -HOUR), (HOUR, 0)):
        found = tell(shift)
        monotonic = found.pop("monotonic")
        assert abs(monotonic) < NEAR
        for name, seconds in found.items():
            assert abs(seconds - offset) < NEAR, name
