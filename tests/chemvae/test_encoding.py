import pytest
import torch

from chemvae.config import ModelConfig
from chemvae.encoding import StepEncoder
from chemvae.vae import SmilesVae


def _vae(**options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = {"latent_dim": 5, "embedding_dim": 6, "encoder_hidden": 16, "decoder_hidden": 8}
        return SmilesVae(21, ModelConfig(**sizes, **options)).eval()


@pytest.mark.parametrize("layers", [1, 2])
def test_no_bit_depends_on_the_others_in_a_batch(layers):
    encoder = StepEncoder(_vae(encoder_layers=layers))
    tokens = torch.randint(21, (512, 30), generator=torch.Generator().manual_seed(1))
    together = encoder(tokens)
    for size in (1, 2, 5, 15, 300):
        for alone, expected in zip(encoder(tokens[:size]), together, strict=True):
            assert torch.equal(alone, expected[:size])


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
    tokens = torch.randint(21, (7, 12), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        said = vae.encoder(tokens)
        wanted = vae.gaussian(*said)
    assert (vae.flow is None) == torch.equal(said[0], wanted[0])
    for values, expected in zip(StepEncoder(vae, precision)(tokens), wanted, strict=True):
        torch.testing.assert_close(values, expected, atol=tolerance, rtol=tolerance)
        assert not values.is_inference()
