import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.fingerprints import bulk_tanimoto, morgan, tanimoto
from data.molecules import parse
from tests.data.strategies import valid_smiles


@given(valid_smiles, valid_smiles)
@settings(deadline=None)
def test_tanimoto_is_a_symmetric_similarity(a, b):
    one, other = morgan(parse(a)), morgan(parse(b))
    assert tanimoto(one, one) == 1
    assert 0 <= tanimoto(one, other) == tanimoto(other, one) <= 1


def test_tanimoto_is_shared_bits_over_bits_in_either():
    one, other = morgan(parse("CCO")), morgan(parse("CCN"))
    bits, other_bits = set(one.GetOnBits()), set(other.GetOnBits())
    assert tanimoto(one, other) == pytest.approx(len(bits & other_bits) / len(bits | other_bits))


@given(st.lists(valid_smiles, max_size=6))
@settings(deadline=None, max_examples=30)
def test_bulk_agrees_with_one_at_a_time(smiles):
    query, others = morgan(parse("CCO")), [morgan(parse(each)) for each in smiles]
    bulk = bulk_tanimoto(query, others)
    assert bulk.shape == (len(smiles),)
    assert bulk.dtype == np.float64
    assert bulk.tolist() == [tanimoto(query, other) for other in others]
