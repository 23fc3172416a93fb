from __future__ import annotations

import pytest
from hypothesis import settings

from tests.toys import ToyLatentModel


@pytest.fixture(scope="session")
def toy() -> ToyLatentModel:
    return ToyLatentModel()


# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
