"""Killed again and again, at any moment: nothing lost, nothing twice, nothing stuck."""

import pytest

from tests.chaos.faults import KINDS, ON_A_SERVER, PASSING, SLOW, Faults
from tests.chaos.run import disturb

LONG = 60
"""Seconds from which on also slow faults are worth their time."""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_repeated_or_stuck(fleet, database, seconds):
    kinds = KINDS + (ON_A_SERVER if database == "postgresql" else ()) + PASSING
    if seconds >= LONG:
        kinds += SLOW
    report = disturb(fleet, Faults(fleet, kinds, 1), seconds)
    print(f"{database}: {report.campaigns} campaigns, {dict(report.faults.seen)}")
    print(report.census, report.bulk)
    print(fleet.log_tail())
    report.check()


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_run_without_faults_proves_nothing(fleet):
    report = disturb(fleet, Faults(fleet, (), 1), 1, num_running=1)
    report.census.check()
    report.bulk.check()
    with pytest.raises(AssertionError, match="no fault was seen of child, supervisor, api, disk"):
        report.check()


@pytest.mark.parametrize("database", ["postgresql"])
def test_two_apis_and_three_workers_do_everything_once(fleet):
    assert fleet.wait(lambda: len(fleet.workers()) == 3, 180), fleet.log_tail()
    report = disturb(fleet, Faults(fleet, (), 1), 10, num_running=6)
    assert report.campaigns >= 6
    report.census.check()
    report.bulk.check()
