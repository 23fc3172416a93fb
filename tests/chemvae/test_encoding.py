import pytest
import torch

from chemvae.config import ModelConfig
from chemvae.encoder import GruEncoder
from chemvae.encoding import StepEncoder


def _encoder(layers):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = ModelConfig(latent_dim=5, embedding_dim=6, encoder_hidden=16, encoder_layers=layers)
        return GruEncoder(21, sizes)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(
    ("precision", "tolerance"), [("float32", 1e-6), ("bfloat16", 0.02), ("int8", 0.02)]
)
def test_the_compiled_encoder_is_the_encoder(layers, precision, tolerance):
    encoder = _encoder(layers)
    tokens = torch.randint(21, (7, 12), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = encoder(tokens)
    for values, expected in zip(StepEncoder(encoder, precision)(tokens), wanted, strict=True):
        torch.testing.assert_close(values, expected, atol=tolerance, rtol=0)
        assert not values.is_inference()
