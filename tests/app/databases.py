"""The mark of a test, class or module that is to run on every database that is supported."""

import pytest

ON_BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
