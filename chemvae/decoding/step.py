"""One decoding step, compiled from a trained `GruDecoder` for inference alone.

Of what the decoder multiplies at every step only `b x h` by `h x 3h` depends on the state. The
embedding's part is a table of `v x 3h`, the latent's part `b x 3h` is computed once a molecule.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from chemvae.decoder import GruDecoder
from chemvae.decoding.linear import FloatLinear, Linear, Precision, linear
from chemvae.recurrent import GruWeights, gru_step

if TYPE_CHECKING:
    from chemvae.decoding.graph import Captured

BLOCK = 384
"""Rows that a CPU takes a step with at a time: what lies between its operations, 3h numbers a row
several times over, stays in the cache of a core."""


@dataclass(slots=True)
class StepState:
    """Where every row of a batch stands; replaced step by step."""

    hidden: list[Tensor]
    """`b x h` of each layer, values in [-1, 1]."""
    conditioned: Tensor
    """`b x 3h`: what the latent adds to the first layer's gates at every step."""

    def select(self, rows: Tensor) -> None:
        """Keep these rows, in this order; an index may repeat."""
        self.hidden = [state.index_select(0, rows) for state in self.hidden]
        self.conditioned = self.conditioned.index_select(0, rows)


class StepDecoder:
    """`p(next token | tokens so far, z)`, a token at a time.

    Args:
        decoder: The network, on its device; its weights are copied as they are now.
        precision: Of the matrix products; everything else is float32.
    """

    def __init__(self, decoder: GruDecoder, precision: Precision = "float32") -> None:
        self.precision, self.width, self.depth = precision, decoder.hidden, decoder.layers
        self.graphs: OrderedDict[object, Captured] = OrderedDict()
        """What `chemvae.decoding.graph` has captured with these weights, the last used one last."""
        with torch.no_grad():
            weights = [GruWeights.of(decoder.gru, f"l{index}") for index in range(self.depth)]
            embedding = decoder.embedding.weight
            first = weights[0].input
            self._table = embedding @ first[:, : embedding.shape[1]].T
            self._latent = FloatLinear(first[:, embedding.shape[1] :], weights[0].input_bias)
            self._initial = FloatLinear(decoder.initial.weight, decoder.initial.bias)
            self._inputs: list[Linear] = [
                linear(layer.input, layer.input_bias, precision) for layer in weights[1:]
            ]
            self._hidden: list[Linear] = [
                linear(layer.hidden, layer.hidden_bias, precision) for layer in weights
            ]
            self._output = linear(decoder.output.weight, decoder.output.bias, precision)

    def start(self, latents: Tensor) -> StepState:
        """The state before the first token, of whatever `b x d'` the decoder is conditioned on."""
        first = torch.tanh(self._initial(latents)).view(-1, self.depth, self.width)
        return StepState(
            [layer.contiguous() for layer in first.unbind(dim=1)],
            # No columns where the decoder sees the latent in its first state alone.
            self._latent(latents[:, : self._latent.weight.shape[1]]),
        )

    def __call__(self, tokens: Tensor, state: StepState) -> Tensor:
        """Take a token a row (`b`), change `state`; logits of the next token, `b x v`, float32."""
        rows = (tokens, state.conditioned, *state.hidden)
        if len(tokens) <= BLOCK or tokens.device.type != "cpu":
            logits, *state.hidden = self._advance(*rows)
        else:
            blocks = zip(*(torch.split(each, BLOCK) for each in rows), strict=True)
            parts = zip(*starmap(self._advance, blocks), strict=True)
            logits, *state.hidden = map(torch.cat, parts)
        return logits

    def _advance(self, tokens: Tensor, conditioned: Tensor, *hidden: Tensor) -> tuple[Tensor, ...]:
        """Logits and the new state of each layer."""
        gates = self._table.index_select(0, tokens).add_(conditioned)
        states: list[Tensor] = []
        for index, (product, before) in enumerate(zip(self._hidden, hidden, strict=True)):
            if index:
                gates = self._inputs[index - 1](states[-1])
            states.append(gru_step(gates, product(before), before))
        return self._output(states[-1]), *states
