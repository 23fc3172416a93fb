from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemvae.training.batches import EqualLengthBatches, SequenceDataset

SEQUENCES = st.lists(st.integers(1, 6).map(lambda n: [7] * n), min_size=1, max_size=60)


@given(SEQUENCES, st.integers(1, 5), st.integers(0, 3))
def test_every_sequence_comes_once_in_batches_of_one_length(sequences, batch_size, seed):
    dataset = SequenceDataset(sequences)
    seen = Counter()
    for batch in EqualLengthBatches(dataset, batch_size, seed):
        tokens = dataset[batch].tokens
        assert 1 <= len(tokens) <= batch_size
        seen[tokens.shape[1]] += len(tokens)
    assert seen == Counter(len(sequence) for sequence in sequences)
    assert len(dataset) == len(sequences)


@given(SEQUENCES, st.integers(1, 3))
def test_processes_share_the_batches_without_overlap(sequences, world_size):
    dataset = SequenceDataset(sequences)
    shares = [
        list(EqualLengthBatches(dataset, 2, 0, rank, world_size)) for rank in range(world_size)
    ]
    assert len({len(share) for share in shares}) == 1
    drawn = [batch for share in shares for batch in share]
    assert len(set(drawn)) == len(drawn)
    left_out = set(EqualLengthBatches(dataset, 2, 0)).difference(drawn)
    assert len(left_out) < world_size


@pytest.mark.parametrize(("other_seed", "same"), [(0, True), (1, False)])
def test_the_seed_decides_the_order(other_seed, same):
    dataset = SequenceDataset([[i] * (i % 4 + 1) for i in range(40)])
    first = list(EqualLengthBatches(dataset, 3, 0))
    assert (list(EqualLengthBatches(dataset, 3, other_seed)) == first) is same
