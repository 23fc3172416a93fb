import pytest
import torch

from chemvae.decoding import Sampling, decode, generate, rows
from chemvae.objective import reconstruction
from chemvae.tokens import Vocabulary
from tests.chemvae.conftest import TINY
from tests.chemvae.decoding.toys import FewTokens

LONGEST = TINY.max_tokens + 1


def teacher_forced(codec, tokens, latents):
    """`log p(tokens | z)` of each row, by the training path instead of the decoding path."""
    values = []
    for row, latent in zip(tokens.tolist(), latents, strict=True):
        end = row.index(Vocabulary.eos)
        sequence = torch.tensor([[Vocabulary.bos, *row[: end + 1]]])
        logits, _ = codec.vae.decoder(sequence[:, :-1], latent[None])
        values.append(-reconstruction(logits, sequence[:, 1:]).detach())
    return torch.cat(values)


def _latents(codec, count, seed=0):
    return torch.randn(count, codec.latent_dim, generator=torch.Generator().manual_seed(seed))


def _sampled(codec, latents, temperature=1.0, **settings):
    generator = torch.Generator().manual_seed(5)
    strategy = Sampling(temperature)
    return decode(
        codec.vae.decoder, latents, LONGEST, strategy=strategy, generator=generator, **settings
    )


@pytest.mark.parametrize("temperature", [None, 0.7, 3.0])
def test_log_likelihood_is_that_of_teacher_forcing_at_temperature_one(codec, temperature):
    latents = _latents(codec, 12)
    decoded = (
        decode(codec.vae.decoder, latents, LONGEST)
        if temperature is None
        else _sampled(codec, latents, temperature)
    )
    finished = (decoded.tokens == Vocabulary.eos).any(dim=1)
    assert finished.any()
    torch.testing.assert_close(
        decoded.log_likelihood[finished],
        teacher_forced(codec, decoded.tokens[finished], latents[finished]),
        rtol=1e-4,
        atol=1e-4,
    )


def test_log_likelihood_is_that_of_the_model_without_its_mask(codec, vocabulary):
    latents = _latents(codec, 8)
    mask = FewTokens(vocabulary, "CO", 6)
    decoded = _sampled(codec, latents, 2.0, mask=mask)
    torch.testing.assert_close(
        decoded.log_likelihood,
        teacher_forced(codec, decoded.tokens, latents),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("strategy", ["greedy", "sampled"])
def test_a_masked_decode_holds_only_what_is_allowed(codec, vocabulary, strategy):
    latents, mask = _latents(codec, 40), FewTokens(vocabulary, "CO", 4)
    decoded = (
        decode(codec.vae.decoder, latents, LONGEST, mask=mask)
        if strategy == "greedy"
        else _sampled(codec, latents, 2.0, mask=mask)
    )
    lines = [vocabulary.decode(row) for row in decoded.tokens.tolist()]
    assert all(set(line) <= {"C", "O"} for line in lines)
    assert {len(line) for line in lines} - {4}
    assert max(len(line) for line in lines) == 4
    assert (decoded.tokens[:, 4:] == Vocabulary.eos).all()


def test_a_molecule_decodes_alike_alone_and_in_a_batch(codec):
    latents = _latents(codec, 6, seed=3)
    together = decode(codec.vae.decoder, latents, LONGEST).tokens
    alone = [decode(codec.vae.decoder, latent[None], LONGEST).tokens for latent in latents]
    assert torch.equal(together, torch.cat(alone))


def test_when_rows_leave_the_batch_changes_nothing(codec, vocabulary, monkeypatch):
    latents, mask = _latents(codec, 50), FewTokens(vocabulary, "CNO", 12)
    decoded = []
    for share, look in ((0.0, 1), (1 / 8, 1), (1.0, 1), (0.0, 5)):
        monkeypatch.setattr(rows, "FINISHED_SHARE", share)
        monkeypatch.setattr(generate, "LOOKS", {"cpu": look})
        decoded.append(_sampled(codec, latents, 1.5, mask=mask))
    for other in decoded[1:]:
        assert torch.equal(other.tokens, decoded[0].tokens)
        torch.testing.assert_close(other.log_likelihood, decoded[0].log_likelihood)


def test_greedy_is_the_limit_of_a_falling_temperature(codec):
    latents = _latents(codec, 6, seed=4)
    greedy = decode(codec.vae.decoder, latents, LONGEST)
    assert torch.equal(greedy.tokens, _sampled(codec, latents, 1e-3).tokens)


def test_a_prefix_begins_every_molecule_and_counts(codec, vocabulary):
    latents = _latents(codec, 8)
    prefix = torch.tensor(vocabulary.encode("CC(=O)N", 99)[1:-1])
    decoded = decode(codec.vae.decoder, latents, LONGEST, prefix=prefix)
    assert all(vocabulary.decode(row).startswith("CC(=O)N") for row in decoded.tokens.tolist())
    finished = (decoded.tokens == Vocabulary.eos).any(dim=1)
    torch.testing.assert_close(
        decoded.log_likelihood[finished],
        teacher_forced(codec, decoded.tokens[finished], latents[finished]),
        rtol=1e-4,
        atol=1e-4,
    )


def test_an_open_end_is_continued_where_the_mask_lets_it(codec, vocabulary):
    latents = _latents(codec, 200)
    prefix = torch.tensor(vocabulary.encode("CO", 99)[1:-1])
    lengths = {}
    for open_end in (False, True):
        mask = FewTokens(vocabulary, "CO", 6)
        tokens = _sampled(codec, latents, 5.0, mask=mask, prefix=prefix, open_end=open_end).tokens
        lengths[open_end] = {len(vocabulary.decode(row)) for row in tokens.tolist()}
    assert lengths[False] - lengths[True] == {2}
    closed = FewTokens(vocabulary, "CO", 2)
    tokens = _sampled(codec, latents, mask=closed, prefix=prefix, open_end=True).tokens
    assert {vocabulary.decode(row) for row in tokens.tolist()} == {"CO"}


def test_no_latents_give_no_tokens(codec):
    assert decode(codec.vae.decoder, _latents(codec, 0), LONGEST).tokens.shape == (0, LONGEST)
