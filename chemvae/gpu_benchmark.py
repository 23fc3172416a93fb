"""How fast a GPU decodes, beside a sampler of MOSES' published shape on the same GPU."""

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from chemvae.benchmark import MosesShaped, Rate
from chemvae.codec import MoleculeCodec
from chemvae.decoding import Sampling, StepDecoder, decode
from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.decoding.linear import Precision
from data.molecules import is_valid

ROWS = (1, 64, 1_024, 8_192, 65_536)
"""Latents of a batch: what one request brings, what a graph holds, and bulk."""

CHECKED = 2_000
"""Strings that RDKit reads, for their validity."""


def moses_rate_on_gpu(repeats: int = 2) -> Rate:
    """Strings a second of `MosesShaped` on the GPU."""
    sampler = MosesShaped().cuda()
    generator = torch.Generator("cuda").manual_seed(0)
    return _rate(lambda: sampler.sample(generator), MosesShaped.BATCH, repeats)


def decoding_rates(
    codec: MoleculeCodec, precision: Precision, *, masked: bool, in_graphs: bool, seed: int
) -> Iterator[tuple[int, Rate, float]]:
    """Rows, strings at temperature 1 and the share of them that is valid, for each of `ROWS`.

    From latents on the GPU to strings on the CPU.

    Args:
        codec: A model on the GPU.
        precision: Of the matrix products.
        masked: Whether the automaton is on.
        in_graphs: Whether steps are launched in CUDA graphs where they can be.
        seed: Of latents and tokens.
    """
    limit = codec.vae.config.max_tokens
    mask = SmilesAutomaton(codec.vocabulary, limit) if masked else None
    step = StepDecoder(codec.vae.decoder, precision)
    generator = torch.Generator("cuda").manual_seed(seed)
    for rows in ROWS:
        latents = codec.sample_prior(rows, torch.Generator().manual_seed(seed)).cuda()

        def run(latents: Tensor = latents) -> list[str]:
            decoded = decode(
                step,
                latents,
                limit + 1,
                strategy=Sampling(),
                mask=mask,
                generator=generator,
                in_graphs=in_graphs,
            )
            return codec.vocabulary.decode_rows(decoded.tokens)

        rate = _rate(run, rows, 3)
        checked = run()[:CHECKED]
        yield rows, rate, sum(map(is_valid, checked)) / len(checked)


def _rate(run: Callable[[], object], count: int, repeats: int) -> Rate:
    """Of the fastest of some repeats, after one that warms up."""
    seconds = []
    for _ in range(1 + repeats):
        torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return Rate(count, min(seconds[1:]))
