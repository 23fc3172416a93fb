from itertools import pairwise

import pytest
import torch

from chemvae.decoding import reach_limit
from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.objective import reconstruction
from chemvae.priors import StandardNormal
from chemvae.tokens import Vocabulary
from chemvae.training.dreams import BATCHES, Dreamer, dream_loss
from data.molecules import is_valid
from tests.chemvae.conftest import TINY

COUNT = 12


@pytest.fixture(scope="module")
def dreamer(vocabulary):
    mask = SmilesAutomaton(vocabulary, TINY.max_tokens)
    return Dreamer(StandardNormal(TINY.latent_dim), mask, vocabulary, seed=0)


@pytest.fixture(scope="module")
def dreams(dreamer, codec):
    """All that is dreamt at once."""
    drawn = [dreamer.draw(codec.vae, COUNT, step=0)]
    while dreamer._ready:
        drawn.append(dreamer.draw(codec.vae, COUNT, step=1))
    return drawn


def test_every_dream_is_a_molecule_of_its_latent(dreams, vocabulary):
    assert sum(len(each.tokens) for each in dreams) > 0.5 * BATCHES * COUNT
    for latents, tokens in dreams:
        assert len(latents) == len(tokens) <= COUNT
        assert (tokens[:, 0] == Vocabulary.bos).all()
        assert (tokens[:, -1] == Vocabulary.eos).all()
        assert all(is_valid(line) for line in vocabulary.decode_rows(tokens[:, 1:]))
        assert not reach_limit(tokens[:, 1:], TINY.max_tokens).any()


def test_a_batch_holds_dreams_of_about_one_length(dreams):
    spans = sorted(
        (int(lengths.min()), int(lengths.max()))
        for lengths in ((tokens != Vocabulary.eos).sum(dim=1) for _, tokens in dreams)
    )
    for (_, longest), (shortest, _) in pairwise(spans):
        assert longest <= shortest


def test_the_same_step_dreams_the_same(dreamer, dreams, codec, vocabulary):
    again = Dreamer(dreamer.prior, dreamer.mask, vocabulary, seed=0).draw(codec.vae, COUNT, step=0)
    other = Dreamer(dreamer.prior, dreamer.mask, vocabulary, seed=0).draw(codec.vae, COUNT, step=7)
    assert torch.equal(again.latents, dreams[0].latents)
    assert not torch.equal(again.latents[:1], other.latents[:1])


def test_the_loss_counts_each_token_up_to_the_end_once(dreams, codec):
    latents, tokens = dreams[0]
    losses = dream_loss(codec.vae, latents, tokens)
    for latent, row, loss in zip(latents, tokens, losses, strict=True):
        end = row.tolist().index(Vocabulary.eos)
        sequence = row[None, : end + 1]
        logits, _ = codec.vae.decoder(sequence[:, :-1], latent[None])
        assert loss.item() == pytest.approx(
            reconstruction(logits, sequence[:, 1:]).item(), rel=1e-4, abs=1e-4
        )


def test_half_of_the_latents_lie_between_two(dreamer, codec):
    generator = torch.Generator().manual_seed(0)
    latents = dreamer._latents(codec.vae, 20_000, generator)
    assert latents[::2].var().item() == pytest.approx(0.5, abs=0.02)
    assert latents[1::2].var().item() == pytest.approx(1.0, abs=0.03)
