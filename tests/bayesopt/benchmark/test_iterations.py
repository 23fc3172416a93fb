from __future__ import annotations

import time

import pytest

from bayesopt.benchmark.iterations import time_iteration
from bayesopt.errors import SpecError
from tests.toys import ToyLatentModel

PAUSE = 0.05


class SlowModel(ToyLatentModel):
    """Counts its decodes, each of which takes its time."""

    num_decodes = 0

    def decode(self, latents, **settings):
        self.num_decodes += 1
        until = time.process_time() + PAUSE
        while time.process_time() < until:
            pass
        return super().decode(latents, **settings)


def test_the_parts_of_an_iteration_are_within_its_whole():
    model = SlowModel()
    took = time_iteration(model, "any", 12, 3, seed=0)
    assert (took.observations, took.molecules) == (12, 3)
    assert model.num_decodes > 0
    assert PAUSE * model.num_decodes <= took.model < took.total
    assert took.fit > 0
    assert took.acquire <= took.total - took.model


def test_too_small_a_data_set_is_refused():
    with pytest.raises(SpecError, match="molecules, not 9999"):
        time_iteration(ToyLatentModel(), "any", 9_999, 3, seed=0)
