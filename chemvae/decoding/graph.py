"""Decoding on a GPU without waiting for Python: CUDA graphs of a few steps each.

A masked step is over a hundred small kernels, so a batch of a few thousand rows spends its time in
launching them. A graph launches eight steps at once; rows cannot leave it, so batches of more than
`LARGEST`, which keep the GPU busy by themselves, are decoded step by step.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from chemvae.decoding.mask import TokenMask
from chemvae.decoding.rows import Rows
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Strategy
from chemvae.tokens import Vocabulary

LARGEST = 8_192
"""Rows of a graph at most."""

SMALLEST = 64
"""And at least: graphs are captured for powers of two, and what is missing is filled up."""

KEPT = 16
"""Captures of one decoder at most, the last used ones: each holds memory of the GPU, and a client
may send any temperature, top-k or top-p, each of which is another capture."""

STEPS = 8
"""Of one graph: after each the CPU looks whether any row is still running."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A whole decode of a fixed number of rows; what it reads and writes stays where it is."""

    latents: Tensor
    uniforms: Tensor
    """`t x b`."""
    graphs: list[tuple[torch.cuda.CUDAGraph, Tensor]]
    """Each with whether any row is still running after it."""
    tokens: Tensor
    log_likelihood: Tensor

    def replay(self) -> None:
        """Decode what `latents` and `uniforms` hold."""
        for graph, running in self.graphs:
            graph.replay()
            if not bool(running):
                break


def decode_in_graphs(
    step: StepDecoder,
    latents: Tensor,
    max_tokens: int,
    strategy: Strategy,
    mask: TokenMask | None,
    uniforms: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Tokens `b x t` and log likelihoods `b`, as `chemvae.decoding.decode` gives them.

    The graphs are kept with `step`, whose weights they use, the `KEPT` last used ones.

    Args:
        step: The decoder, on a GPU.
        latents: `b x d'` there, `b` from 1 to `LARGEST`.
        max_tokens: Tokens after which a molecule is cut off, EOS counted.
        strategy: Chooses each token.
        mask: What may not come next.
        uniforms: `t x b` random numbers, where the strategy draws.
    """
    count = len(latents)
    rows = max(SMALLEST, 1 << (count - 1).bit_length())
    captured = _kept(step, rows, latents, max_tokens, strategy, mask)
    captured.latents[:count] = latents
    captured.latents[count:] = latents[:1]
    if uniforms is not None:
        captured.uniforms[:, :count] = uniforms
    captured.replay()
    return captured.tokens[:count].clone(), captured.log_likelihood[:count].clone()


def _kept(
    step: StepDecoder,
    rows: int,
    example: Tensor,
    max_tokens: int,
    strategy: Strategy,
    mask: TokenMask | None,
) -> Captured:
    """The capture for these settings, a new one in place of the one least recently used."""
    key = (rows, max_tokens, strategy, mask)
    captured = step.graphs.pop(key, None)
    if captured is None:
        # Let go before another is captured, which then takes its memory.
        while len(step.graphs) >= KEPT:
            step.graphs.popitem(last=False)
        captured = _capture(step, rows, example, max_tokens, strategy, mask)
    step.graphs[key] = captured
    return captured


def _capture(
    step: StepDecoder,
    rows: int,
    example: Tensor,
    max_tokens: int,
    strategy: Strategy,
    mask: TokenMask | None,
) -> Captured:
    device = example.device
    latents = example[:1].repeat(rows, 1)
    uniforms = torch.rand(max_tokens, rows, device=device)
    tokens = torch.empty(rows, max_tokens, dtype=torch.long, device=device)
    _warm_up(step, latents, strategy, mask, uniforms)
    pool = torch.cuda.graph_pool_handle()
    begin = torch.cuda.CUDAGraph()
    with torch.cuda.graph(begin, pool=pool):
        tokens.fill_(Vocabulary.eos)
        batch = Rows(step, latents, mask)
        running = batch.running.any()
    graphs = [(begin, running)]
    for first in range(0, max_tokens, STEPS):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            for position in range(first, min(first + STEPS, max_tokens)):
                batch.extend(strategy, uniforms[position])
                tokens[:, position] = batch.last
            running = batch.running.any()
        graphs.append((graph, running))
    return Captured(latents, uniforms, graphs, tokens, batch.log_likelihood)


def _warm_up(
    step: StepDecoder,
    latents: Tensor,
    strategy: Strategy,
    mask: TokenMask | None,
    uniforms: Tensor,
) -> None:
    """What is loaded or allocated once must be so before a capture, on another stream."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        batch = Rows(step, latents, mask)
        for position in range(2):
            batch.extend(strategy, uniforms[position])
    torch.cuda.current_stream().wait_stream(stream)
