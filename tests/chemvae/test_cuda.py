"""What only a GPU can show; skipped where there is none."""

from dataclasses import replace

import pytest
import torch

from chemvae import checkpoints
from chemvae.codec import Encoding
from chemvae.decoding import Greedy, Sampling, StepDecoder, decode
from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.objective import reconstruction
from chemvae.training.batches import SequenceDataset
from chemvae.training.dreams import Dreamer, dream_loss
from chemvae.training.fit import fit
from chemvae.training.graphs import GraphedBackward
from tests.chemvae.conftest import LEARN_BY_HEART, MOLECULES, TINY

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


@pytest.fixture(scope="module")
def on_gpu():
    return checkpoints.load("zinc250k", "cuda")


def _latents(codec, count):
    return codec.sample_prior(count, torch.Generator().manual_seed(3)).to(codec.device)


@pytest.mark.parametrize("strategy", [Greedy(), Sampling(1.0), Sampling(0.7, top_k=5, top_p=0.9)])
@pytest.mark.parametrize("count", [1, 64, 1_000])
@pytest.mark.parametrize("masked", [True, False])
def test_graphs_decode_what_single_steps_decode(on_gpu, strategy, count, masked):
    limit = on_gpu.vae.config.max_tokens
    mask = SmilesAutomaton(on_gpu.vocabulary, limit) if masked else None
    step = StepDecoder(on_gpu.vae.decoder)
    for seed in (0, 1):
        latents = _latents(on_gpu, count) + seed
        one, other = (
            decode(
                decoder,
                latents,
                limit + 1,
                strategy=strategy,
                mask=mask,
                generator=torch.Generator().manual_seed(seed),
            )
            for decoder in (on_gpu.vae.decoder, step)
        )
        # The last bit of a product depends on how many rows it has, so a near tie may fall
        # the other way, and the rest of that molecule after it.
        alike = (one.tokens == other.tokens).all(dim=1)
        assert alike.float().mean() > 0.99
        torch.testing.assert_close(
            one.log_likelihood[alike], other.log_likelihood[alike], rtol=1e-3, atol=1e-2
        )


def test_a_gpu_encodes_and_decodes_as_a_processor(on_gpu):
    codec = checkpoints.load("zinc250k", "cpu")
    here, there = (
        torch.stack([item.mean for item in each.encode(MOLECULES) if isinstance(item, Encoding)])
        for each in (codec, on_gpu)
    )
    torch.testing.assert_close(here, there, rtol=1e-3, atol=1e-3)
    decoded = [[item.smiles for item in each.decode(here)] for each in (codec, on_gpu)]
    assert decoded[0] == decoded[1]


@pytest.mark.parametrize("cuda_graphs", [True, False])
def test_a_gpu_learns_by_heart(cuda_graphs, vocabulary, tmp_path):
    molecules = SequenceDataset([vocabulary.encode(line, TINY.max_tokens) for line in MOLECULES])
    config = replace(LEARN_BY_HEART, cuda_graphs=cuda_graphs)
    settings = (vocabulary, TINY, config, tmp_path)
    result = fit(molecules, molecules, *settings, accelerator="gpu")
    assert result.validation["validation/nll"] < 1.0


def test_a_generator_on_a_gpu_draws_latents_there(on_gpu):
    one, other = (on_gpu.prior.sample(64, torch.Generator("cuda").manual_seed(0)) for _ in range(2))
    assert one.device.type == "cuda"
    assert torch.equal(one, other)
    assert len(on_gpu.decode(one)) == 64


def test_a_gpu_dreams(on_gpu):
    mask = SmilesAutomaton(on_gpu.vocabulary, on_gpu.vae.config.max_tokens)
    dreamer = Dreamer(on_gpu.prior, mask, on_gpu.vocabulary, seed=0)
    dreams = dreamer.draw(on_gpu.vae, 64, step=0)
    assert len(dreams.tokens) > 48
    assert dream_loss(on_gpu.vae, *dreams).isfinite().all()


def test_graphs_give_the_gradients_of_single_steps(on_gpu):
    vae = checkpoints.load("zinc250k", "cuda").vae.train()

    def objective(tokens):
        mean, log_variance = vae.encoder(tokens)
        logits, _ = vae.decoder(tokens[:, :-1], mean)
        nll = reconstruction(logits, tokens[:, 1:]).mean()
        return nll + 0.0 * log_variance.sum(), nll

    graphs = GraphedBackward(vae)
    for seed, length in ((0, 20), (1, 20), (2, 31), (3, 20), (4, 45), (5, 31), (6, 20)):
        draw = torch.Generator().manual_seed(seed)
        tokens = torch.randint(2, len(on_gpu.vocabulary), (16, length), generator=draw).cuda()
        graphs.zero_grad()
        objective(tokens)[0].backward()
        expected = {
            name: p.grad.clone() for name, p in vae.named_parameters() if p.grad is not None
        }
        graphs.zero_grad()
        loss, nll = graphs(objective, tokens)
        assert loss.item() == pytest.approx(objective(tokens)[1].item(), rel=1e-3)
        assert nll.item() == pytest.approx(loss.item(), rel=1e-3)
        for name, parameter in vae.named_parameters():
            if name in expected:
                scale = expected[name].abs().max().item()
                torch.testing.assert_close(
                    parameter.grad, expected[name], rtol=1e-2, atol=1e-3 * scale
                )
