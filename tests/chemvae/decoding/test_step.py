import pytest
import torch

from chemvae.config import ModelConfig
from chemvae.decoder import GruDecoder
from chemvae.decoding.linear import PRECISIONS, linear
from chemvae.decoding.step import BLOCK, StepDecoder
from chemvae.errors import ConfigError

VOCABULARY_SIZE = 21


def _decoder(layers=1, every_step=True, condition_width=0, hidden=16):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = ModelConfig(
            latent_dim=5,
            embedding_dim=6,
            decoder_hidden=hidden,
            decoder_layers=layers,
            latent_at_every_step=every_step,
        )
        return GruDecoder(VOCABULARY_SIZE, config, condition_width)


def _both(decoder, step, width):
    """Logits of a forced sequence, `b x t x v`, by the training path and by the compiled step."""
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(VOCABULARY_SIZE, (7, 12), generator=generator)
    latents = torch.randn(7, width, generator=generator)
    with torch.no_grad():
        wanted, _ = decoder(tokens, latents)
        state = step.start(latents)
        steps = [step(column, state) for column in tokens.unbind(dim=1)]
    return wanted, torch.stack(steps, dim=1)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(("every_step", "condition_width"), [(True, 0), (True, 4), (False, 0)])
def test_the_compiled_step_is_the_decoder(layers, every_step, condition_width):
    decoder = _decoder(layers, every_step, condition_width)
    wanted, steps = _both(decoder, StepDecoder(decoder), 5 + condition_width)
    torch.testing.assert_close(steps, wanted, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize(("precision", "tolerance"), [("bfloat16", 0.02), ("int8", 0.02)])
def test_a_coarser_step_stays_close(precision, tolerance):
    decoder = _decoder(layers=2)
    wanted, steps = _both(decoder, StepDecoder(decoder, precision), 5)
    difference = (steps - wanted).abs().max().item()
    assert 1e-6 < difference < tolerance


def test_int8_sums_do_not_depend_on_the_batch():
    generator = torch.Generator().manual_seed(2)
    weight = torch.randn(24, 40, generator=generator)
    inputs = torch.rand(9, 40, generator=generator) * 2 - 1
    product = linear(weight, torch.zeros(24), "int8")
    alone = torch.cat([product(row[None]) for row in inputs])
    assert torch.equal(product(inputs), alone)


def test_rows_can_be_dropped_and_repeated():
    decoder = _decoder(layers=2)
    step, latents = StepDecoder(decoder), torch.randn(4, 5)
    rows, tokens = torch.tensor([2, 2, 0]), torch.tensor([3, 4, 5, 6])
    state = step.start(latents)
    step(tokens, state)
    state.select(rows)
    wanted = step.start(latents[rows])
    step(tokens[rows], wanted)
    torch.testing.assert_close(step(rows, state), step(rows, wanted))


def test_an_unknown_precision_is_named():
    assert "int8" in PRECISIONS
    with pytest.raises(ConfigError, match="precision is 'float8'"):
        StepDecoder(_decoder(), "float8")


def test_later_changes_of_the_network_do_not_reach_it():
    decoder = _decoder()
    step, latents = StepDecoder(decoder), torch.zeros(1, 5)
    before = step(torch.zeros(1, dtype=torch.long), step.start(latents))
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.add_(1.0)
    after = step(torch.zeros(1, dtype=torch.long), step.start(latents))
    assert torch.equal(before, after)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("rows", [BLOCK + 1, 2 * BLOCK + 50])
def test_no_bit_of_a_row_depends_on_its_block(layers, rows):
    step = StepDecoder(_decoder(layers, hidden=512))
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(rows, 5, generator=generator)
    tokens = torch.randint(VOCABULARY_SIZE, (3, rows), generator=generator)

    def logits(chosen):
        state = step.start(latents[chosen])
        return torch.stack([step(column[chosen], state) for column in tokens])

    together = logits(slice(None))
    assert together.shape == (3, rows, VOCABULARY_SIZE)
    for chosen in (slice(0, 1), slice(BLOCK - 5, BLOCK + 1), slice(rows - 20, None)):
        assert torch.equal(logits(chosen), together[:, chosen])
