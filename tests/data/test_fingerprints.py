import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.fingerprints import NUM_BITS, bulk_tanimoto, morgan, morgan_counts, tanimoto
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


def test_counts_fold_as_the_bits_do():
    mols = [parse(smiles) for smiles in ("CCO", "CC(=O)Oc1ccccc1C(=O)O", "CCCCCCCC")]
    counts = morgan_counts(mols)
    assert counts.max() > 1
    for row, mol in zip(counts, mols, strict=True):
        assert list(row.nonzero()[0]) == list(morgan(mol).GetOnBits())
    assert morgan_counts([]).shape == (0, NUM_BITS)
