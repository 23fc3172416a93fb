import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from chemvae.config import ModelConfig
from chemvae.encoding import StepEncoder
from chemvae.errors import ShapeError
from chemvae.vae import SmilesVae


def _vae(**options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = {"latent_dim": 5, "embedding_dim": 6, "encoder_hidden": 16, "decoder_hidden": 8}
        return SmilesVae(21, ModelConfig(**sizes | options)).eval()


def _rows(count, shortest, longest):
    """Random tokens, the longest rows first."""
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(shortest, longest + 1, (count,), generator=generator)
    tokens = torch.randint(21, (count, longest), generator=generator).tolist()
    ends = lengths.sort(descending=True).values.tolist()
    return [row[:end] for row, end in zip(tokens, ends, strict=True)]


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("shortest", [1, 30])
def test_no_bit_depends_on_the_others_in_a_batch(layers, shortest):
    encoder = StepEncoder(_vae(encoder_layers=layers, encoder_hidden=256))
    rows = _rows(512, shortest, 30)
    together = encoder(rows)
    for start, size in ((0, 1), (511, 1), (200, 2), (7, 5), (400, 15), (100, 300)):
        alone = encoder(rows[start : start + size])
        for values, expected in zip(alone, together, strict=True):
            assert torch.equal(values, expected[start : start + size])


@pytest.mark.parametrize(
    "options", [{}, {"encoder_layers": 3}, {"posterior": "iaf", "flow_hidden": 8}]
)
@pytest.mark.parametrize(
    ("precision", "tolerance"), [("float32", 1e-5), ("bfloat16", 0.02), ("int8", 0.02)]
)
def test_the_compiled_encoder_is_the_posterior_of_the_network(options, precision, tolerance):
    vae = _vae(**options)
    torch.manual_seed(2)
    if vae.flow is not None:
        with torch.no_grad():
            for weight in vae.flow.parameters():
                weight.add_(0.3 * torch.randn_like(weight))
    rows = _rows(40, 1, 12)
    lengths = torch.tensor([len(row) for row in rows])
    tokens = pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
    with torch.no_grad():
        said = vae.encoder(tokens, lengths)
        wanted = vae.gaussian(*said)
    assert (vae.flow is None) == torch.equal(said[0], wanted[0])
    for values, expected in zip(StepEncoder(vae, precision)(rows), wanted, strict=True):
        torch.testing.assert_close(values, expected, atol=tolerance, rtol=tolerance)
        assert not values.is_inference()


@pytest.mark.parametrize("rows", [[], [[0, 1], [0, 2, 1]]])
def test_rows_in_another_order_are_refused(rows):
    with pytest.raises(ShapeError, match="expected at least one, the longest first"):
        StepEncoder(_vae())(rows)
