import torch

from chemvae.decoding import decode
from chemvae.objective import reconstruction
from chemvae.tokens import Vocabulary
from tests.chemvae.conftest import TINY


def _teacher_forced(codec, tokens, latents):
    """`log p(tokens | z)` of each row, by the training path instead of the decoding path."""
    values = []
    for row, latent in zip(tokens.tolist(), latents, strict=True):
        end = row.index(Vocabulary.eos)
        sequence = torch.tensor([[Vocabulary.bos, *row[: end + 1]]])
        logits, _ = codec.vae.decoder(sequence[:, :-1], latent[None])
        values.append(-reconstruction(logits, sequence[:, 1:]))
    return torch.cat(values)


def test_log_likelihood_is_that_of_teacher_forcing(codec):
    latents = torch.randn(12, codec.latent_dim, generator=torch.Generator().manual_seed(0))
    decoded = decode(codec.vae.decoder, latents, TINY.max_tokens + 1)
    finished = (decoded.tokens == Vocabulary.eos).any(dim=1)
    assert finished.any()
    torch.testing.assert_close(
        decoded.log_likelihood[finished],
        _teacher_forced(codec, decoded.tokens[finished], latents[finished]).detach(),
        rtol=1e-4,
        atol=1e-4,
    )


def test_a_molecule_decodes_alike_alone_and_in_a_batch(codec):
    latents = torch.randn(6, codec.latent_dim, generator=torch.Generator().manual_seed(3))
    together = decode(codec.vae.decoder, latents, TINY.max_tokens).tokens
    alone = [decode(codec.vae.decoder, latent[None], TINY.max_tokens).tokens for latent in latents]
    assert torch.equal(together, torch.cat(alone))


def test_greedy_is_the_limit_of_a_falling_temperature(codec):
    latents = torch.randn(6, codec.latent_dim, generator=torch.Generator().manual_seed(4))
    greedy = decode(codec.vae.decoder, latents, TINY.max_tokens)
    cold = decode(
        codec.vae.decoder,
        latents,
        TINY.max_tokens,
        temperature=1e-3,
        generator=torch.Generator().manual_seed(0),
    )
    assert torch.equal(greedy.tokens, cold.tokens)
