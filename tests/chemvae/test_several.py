import pytest
import torch

from chemvae.codec import Decoded
from chemvae.several import HOTTEST_RETRY, MAX_ROUNDS, Search, decode_several
from data.errors import Refusal


class Scripted:
    """Says its lines in order, whatever it is asked; `None` is no molecule."""

    def __init__(self, *lines):
        self.lines, self.temperatures = list(lines), []

    def decode(self, latents, *, temperature, generator, **options):
        self.temperatures += [temperature] * len(latents)
        return [self._decoded(self.lines.pop(0)) for _ in latents]

    def beam(self, latents, width, **options):
        return [[self._decoded(line, -i) for i, line in enumerate(self.lines)] for _ in latents]

    def encode(self, smiles):
        return [
            Refusal("unknown_token", "F")
            if "F" in line
            else _Mean(torch.full((2,), len(line) * 1.0))
            for line in smiles
        ]

    @staticmethod
    def _decoded(line, log_likelihood=-1.0):
        return Decoded(line, line or "C(", log_likelihood, attempts=2 if line == "CC" else 1)


class _Mean:
    def __init__(self, mean):
        self.mean = mean


def _several(model, search, count=1):
    return decode_several(model, torch.zeros(count, 2), search, torch.Generator())


def test_frequencies_count_every_attempt():
    model = Scripted("C", "N", "C", None, "CC")
    [found] = _several(model, Search(3, temperature=1.0))
    # Three, then what still lacks: N and C, and two of three molecules are there.
    assert [(each.smiles, each.frequency) for each in found.molecules] == [
        ("C", 2 / 6),
        ("N", 1 / 6),
        ("CC", 1 / 6),
    ]
    assert (found.num_attempts, found.num_invalid) == (6, 2)
    assert found.molecules[2].latent_distance == pytest.approx(8**0.5)


def test_a_molecule_that_cannot_be_encoded_has_no_distance():
    [found] = _several(Scripted("CF"), Search())
    assert found.molecules[0].latent_distance is None


def test_greedy_is_tried_once_and_then_hotter():
    model = Scripted("C", "C", "N", "O")
    [found] = _several(model, Search(3))
    assert model.temperatures == [0.0, 0.25, 0.25, 0.5]
    assert {each.smiles for each in found.molecules} == {"C", "N", "O"}


def test_it_ends_after_its_rounds():
    model = Scripted(*[None] * 100)
    [found] = _several(model, Search(2))
    assert found.molecules == ()
    assert max(model.temperatures) == HOTTEST_RETRY
    assert found.num_attempts == 1 + 2 * (MAX_ROUNDS - 1) == found.num_invalid


class Exhausted(Scripted):
    """As a masked decoder that has tried everything before it says `None`."""

    @staticmethod
    def _decoded(line, log_likelihood=-1.0):
        return Decoded(line, line or "C(", log_likelihood, attempts=1 if line else 16)


def test_a_latent_that_all_attempts_failed_is_given_up():
    model = Exhausted(None, "C")
    none, found = _several(model, Search(), count=2)
    assert (none.molecules, none.num_attempts, none.num_invalid) == ((), 16, 16)
    assert [each.smiles for each in found.molecules] == ["C"]
    assert model.temperatures == [0.0, 0.0]

    # One failed decode of several ends nothing.
    [found] = _several(Exhausted(None, "C", "N"), Search(2, temperature=1.0))
    assert [each.smiles for each in found.molecules] == ["C", "N"]


def test_latents_that_still_lack_molecules_share_a_round():
    model = Scripted("C", None, "N")
    first, second = _several(model, Search(1), count=2)
    assert [each.molecules[0].smiles for each in (first, second)] == ["C", "N"]
    assert (first.num_attempts, second.num_attempts) == (1, 2)


def test_a_beam_is_read_until_there_are_enough():
    model = Scripted("C", None, "N", "N", "O")
    [found] = _several(model, Search(2, beam_width=5))
    assert [each.smiles for each in found.molecules] == ["C", "N"]
    assert (found.num_attempts, found.num_invalid) == (3, 1)


def test_a_real_model_gives_distinct_molecules(codec):
    latents = codec.sample_prior(4, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    for each in decode_several(codec, latents, Search(4, temperature=1.0), generator):
        smiles = [found.smiles for found in each.molecules]
        assert len(set(smiles)) == len(smiles) == 4
    [beam] = decode_several(codec, latents[:1], Search(3, beam_width=12), generator)
    values = [found.log_likelihood for found in beam.molecules]
    assert values == sorted(values, reverse=True)
