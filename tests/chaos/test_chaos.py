"""Killed again and again, at any moment: nothing lost, nothing twice, nothing stuck."""

import pytest

from tests.chaos.faults import KINDS, ON_A_SERVER, SLOW, Faults
from tests.chaos.run import disturb

LONG = 60
"""Seconds from which on also slow faults are worth their time."""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_repeated_or_stuck(fleet, database, seconds):
    kinds = KINDS + (ON_A_SERVER if database == "postgresql" else ())
    report = disturb(fleet, Faults(fleet, kinds + (SLOW if seconds >= LONG else ()), 1), seconds)
    print(f"{database}: {report.campaigns} campaigns, {dict(report.faults.seen)}, {report.census}")
    print(fleet.log_tail())
    report.check()


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_run_without_faults_proves_nothing(fleet):
    report = disturb(fleet, Faults(fleet, (), 1), 1)
    report.census.check()
    with pytest.raises(AssertionError, match="no fault was seen of child, supervisor, api"):
        report.check()
