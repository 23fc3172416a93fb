from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bayesopt.desirability import on_curve, peak
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from tests.bayesopt.strategies import curves, numbers

WINDOW = ((1.0, 0.0), (2.0, 1.0), (3.0, 1.0), (5.0, 0.0))


def heights(curve, *values):
    return on_curve(curve, torch.tensor(values, dtype=torch.double)).tolist()


def test_the_points_are_joined_and_the_ends_stay_flat():
    assert heights(WINDOW, -9, 1, 1.5, 2, 2.5, 3, 4, 5, 99) == [0, 0, 0.5, 1, 1, 1, 0.5, 0, 0]
    assert heights(((0.0, 0.2), (1.0, 0.7)), -1, 2) == [0.2, 0.7]


@given(curves, st.lists(numbers, min_size=1, max_size=6))
def test_it_is_numpy_s_interpolation_in_any_shape(curve, values):
    expected = np.interp(values, *zip(*curve, strict=True))
    torch.testing.assert_close(
        on_curve(curve, torch.tensor([values], dtype=torch.double)),
        torch.from_numpy(expected)[None],
        rtol=1e-9,
        atol=1e-9,
    )


@given(curves, numbers, numbers)
def test_a_rising_curve_never_falls(curve, one, other):
    heights_sorted = sorted(y for _, y in curve)
    rising = tuple((x, y) for (x, _), y in zip(curve, heights_sorted, strict=True))
    low, high = heights(rising, *sorted((one, other)))
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-11


def test_it_has_a_gradient_between_the_points():
    values = torch.tensor([1.5, 2.5, 4.0, 9.0], dtype=torch.double, requires_grad=True)
    on_curve(WINDOW, values).sum().backward()
    assert values.grad.tolist() == [1.0, 0.0, -0.5, 0.0]


@given(curves, numbers, numbers)
def test_the_peak_is_the_most_that_a_window_offers(curve, one, other):
    low, high = sorted((one, other))
    most = peak(curve, low, high)
    inside = np.linspace(low, high, 50)
    assert most >= on_curve(curve, torch.from_numpy(inside)).max() - 1e-9
    assert most <= max(y for _, y in curve)


@pytest.mark.parametrize(
    ("curve", "pointer", "says"),
    [
        (((1, 1),), "", "two points"),
        (((1, 0), (1, 1)), "/1/x", "rise"),
        (((2, 0), (1, 1)), "/1/x", "rise"),
        (((1, 0), (2, 1.1)), "/1/y", "between 0 and 1"),
        (((1, -0.1), (2, 1)), "/0/y", "between 0 and 1"),
        (((1, 0), (2, float("nan"))), "/1/y", "nan"),
        (((float("inf"), 0), (2, 1)), "/0/x", "inf"),
        (((1, 0), (2, 0)), "", "nothing is desired"),
    ],
)
def test_a_curve_that_is_none_says_where(curve, pointer, says):
    with pytest.raises(SpecError, match=says) as refused:
        Objective("pIC50", source="measured", desirability=curve)
    assert refused.value.pointer == f"/desirability{pointer}"


def test_a_curve_and_a_target_are_two_answers_to_one_question():
    with pytest.raises(SpecError, match="not both"):
        Objective("logp", "target", target=2, desirability=WINDOW)
