from itertools import product

import torch

from chemvae.decoding import beam_search, decode
from chemvae.tokens import Vocabulary
from tests.chemvae.conftest import TINY
from tests.chemvae.decoding.test_generate import LONGEST, teacher_forced
from tests.chemvae.decoding.toys import FewTokens


def _latents(codec, count):
    return torch.randn(count, codec.latent_dim, generator=torch.Generator().manual_seed(1))


def test_a_beam_as_wide_as_the_mask_finds_the_best_of_all_strings(codec, vocabulary):
    latents, longest = _latents(codec, 3), 3
    lines = ["".join(line) for n in range(longest + 1) for line in product("CNO", repeat=n)]
    rows = [vocabulary.encode(line, 99)[1:] for line in lines]
    width = 45  # more than the 40 strings there are
    found = beam_search(
        codec.vae.decoder, latents, LONGEST, width, FewTokens(vocabulary, "CNO", longest)
    )
    for latent, tokens, values in zip(latents, *found, strict=True):
        every = torch.cat(
            [teacher_forced(codec, torch.tensor([row]), latent[None]) for row in rows]
        )
        order = every.argsort(descending=True)
        assert [vocabulary.decode(row) for row in tokens[: len(lines)].tolist()] == [
            lines[i] for i in order.tolist()
        ]
        torch.testing.assert_close(values[: len(lines)], every[order], rtol=1e-4, atol=1e-4)
        assert values[len(lines) :].isinf().all()


def test_a_beam_of_one_is_greedy(codec):
    latents = _latents(codec, 10)
    greedy, beam = (
        decode(codec.vae.decoder, latents, LONGEST),
        beam_search(codec.vae.decoder, latents, LONGEST, 1),
    )
    assert torch.equal(beam.tokens[:, 0], greedy.tokens)
    finished = (greedy.tokens == Vocabulary.eos).any(dim=1)
    torch.testing.assert_close(
        beam.log_likelihood[finished, 0], greedy.log_likelihood[finished], rtol=1e-4, atol=1e-4
    )


def test_strings_are_distinct_ordered_and_no_less_likely_than_greedy(codec):
    latents = _latents(codec, 10)
    tokens, values = beam_search(codec.vae.decoder, latents, LONGEST, 5)
    assert (values[:, :-1] >= values[:, 1:]).all()
    for rows in tokens.tolist():
        assert len({tuple(row) for row in rows}) == 5
    greedy = decode(codec.vae.decoder, latents, LONGEST).log_likelihood
    assert (values[:, 0] >= greedy - 1e-3).float().mean() > 0.8


def test_a_latent_has_its_beam_alone_and_in_a_batch(codec):
    latents = _latents(codec, 5)
    together = beam_search(codec.vae.decoder, latents, TINY.max_tokens, 3).tokens
    alone = [
        beam_search(codec.vae.decoder, latent[None], TINY.max_tokens, 3).tokens
        for latent in latents
    ]
    assert torch.equal(together, torch.cat(alone))


def test_no_latents_have_no_beams(codec):
    assert beam_search(codec.vae.decoder, _latents(codec, 0), 5, 2).tokens.shape == (0, 2, 5)
