from itertools import cycle

import pytest

from app.molecules.collecting import MAX_BATCH, PATIENCE, Collector
from app.molecules.schemas.sample import SampleRequest
from chemvae.codec import Decoded


def _sizes(wanted, kinds):
    """How many decodes are asked for at a time, where their strings are of `kinds` in turn."""
    request = SampleRequest(num_molecules=wanted, properties=[], unique=False)
    collector = Collector(request, index=None)
    turns, sizes = cycle(kinds), []

    def decode(count):
        sizes.append(count)
        return [Decoded("CCO" if next(turns) else None, "CCO", -1.0) for _ in range(count)]

    collector.collect(decode)
    return sizes, collector


def test_no_more_is_decoded_than_wanted_where_all_are_molecules():
    sizes, collector = _sizes(10, [True])
    assert (sizes, len(collector.molecules)) == ([10], 10)
    assert _sizes(MAX_BATCH + 1, [True])[0] == [MAX_BATCH, 1]


@pytest.mark.parametrize("wanted", [1, 10, 300])
def test_the_share_of_molecules_so_far_tells_how_many_more_it_takes(wanted):
    kinds = [False, True, False, False]
    sizes, collector = _sizes(wanted, kinds)
    assert len(collector.molecules) == wanted
    assert len(sizes) <= 7
    assert sum(sizes) <= 1.25 * len(kinds) * wanted + 8


def test_without_hope_a_request_of_one_begins_with_few():
    assert _sizes(1, [False])[0] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 1]


@pytest.mark.parametrize("wanted", [1, 10, 60, 100, PATIENCE])
def test_without_hope_a_request_ends_soon(wanted):
    sizes, collector = _sizes(wanted, [False])
    assert sum(sizes) == collector.num_attempts == PATIENCE
