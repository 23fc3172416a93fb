import math
from dataclasses import replace
from itertools import repeat

import pytest
import torch

from chemvae.decoding import Greedy, Sampling, StepDecoder
from chemvae.decoding.attempts import BEAM_WIDTH, Decoding
from chemvae.decoding.automaton import SmilesAutomaton


class _CountedStep(StepDecoder):
    """Counts the batches that are begun, and their rows."""

    def __init__(self, decoder):
        super().__init__(decoder)
        self.rows = []

    def start(self, latents):
        self.rows.append(len(latents))
        return super().start(latents)


class _NoMolecule:
    """Reads no string, or only from the one after `refused` on."""

    def __init__(self, refused=math.inf):
        self.refused, self.asked = refused, 0

    def __call__(self, raw):
        self.asked += 1
        return raw if self.asked > self.refused else None


@pytest.fixture
def way(codec):
    longest = codec.vae.config.max_tokens
    return Decoding(
        _CountedStep(codec.vae.decoder),
        codec.vocabulary,
        longest,
        Sampling(1.0),
        SmilesAutomaton(codec.vocabulary, longest),
        512,
        torch.Generator().manual_seed(1),
    )


@pytest.fixture
def latents(codec):
    return 4.0 * torch.randn(40, codec.latent_dim, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("refused", [0, 1, 2, 3, 4, 7, 8, 15])
def test_the_first_string_that_counts_stands_after_a_few_batches(way, codec, refused):
    [known] = codec.encode(["CCO"])  # whose samples all end
    [item] = replace(way, read=_NoMolecule(refused))(known.mean.unsqueeze(0))
    assert item.smiles is not None
    assert item.attempts == refused + 1
    assert len(way.step.rows) == 1 + math.ceil(math.log2(refused + 1))


@pytest.mark.parametrize("most", [1, 2, 3, 5, 16])
@pytest.mark.parametrize("strategy", [Sampling(1.0), Greedy()])
def test_no_more_strings_are_decoded_than_may_be(way, latents, most, strategy):
    read = _NoMolecule()
    results = replace(way, strategy=strategy, max_attempts=most, read=read)(latents)
    assert [(item.smiles, item.attempts) for item in results] == [(None, most)] * len(latents)
    assert read.asked == most * len(latents)


def test_a_greedy_decode_tries_a_beam_before_it_samples(way, latents):
    replace(way, strategy=Greedy(), read=_NoMolecule())(latents[:1])
    assert way.step.rows == [1, BEAM_WIDTH, 1, 2, 4, 4]


@pytest.mark.parametrize("strategy", [Sampling(1.0), Greedy()])
def test_the_rows_of_a_batch_change_nothing(way, latents, strategy):
    def decoded(size):
        way.generator.manual_seed(1)
        return replace(way, strategy=strategy, batch=size)(latents)

    together = decoded(512)
    assert any(item.attempts > 2 for item in together)
    way.step.rows.clear()
    assert decoded(7) == together
    assert max(way.step.rows) <= 7


def _one_after_another(way, latent, first, chances):
    """What a latent decodes to if each further string is decoded only when it is needed."""
    tried = [first]
    for generator in chances:
        if tried[-1].counts or sum(item.attempts for item in tried) >= way.max_attempts:
            break
        once = replace(way, strategy=Sampling(1.0), generator=generator, max_attempts=1)
        tried += once(latent)
    molecules = [item for item in tried if item.smiles is not None] or tried
    return replace(molecules[-1], attempts=sum(item.attempts for item in tried))


def test_side_by_side_a_greedy_decode_is_what_it_would_be_one_after_another(way, latents):
    greedy = replace(way, strategy=Greedy())
    together = greedy(latents)
    assert {5, 6, 7, 8} & {item.attempts for item in together}, "the rounds after the beam matter"
    for latent, item in zip(latents.split(1), together, strict=True):
        [first] = replace(greedy, max_attempts=1)(latent)
        if not first.counts:
            [beam] = greedy.beams(latent, BEAM_WIDTH)
            number = next((i for i, found in enumerate(beam) if found.counts), len(beam) - 1)
            kept = first if beam[number].smiles is None and first.smiles else beam[number]
            first = replace(kept, attempts=2 + number)
        chances = (torch.Generator().manual_seed(number) for number in range(2, 17))
        assert item == _one_after_another(way, latent, first, chances)


def test_side_by_side_a_sample_is_what_it_would_be_one_after_another(way, latents):
    attempts = set()
    for latent in (2 * latents).split(1):
        way.generator.manual_seed(3)
        [together] = way(latent)
        way.generator.manual_seed(3)
        [first] = replace(way, max_attempts=1)(latent)
        assert together == _one_after_another(way, latent, first, repeat(way.generator))
        attempts.add(together.attempts)
    assert attempts & {3, 4}
    assert attempts & {5, 6, 7, 8}
