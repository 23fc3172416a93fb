"""One decoding step, compiled from a trained `GruDecoder` for inference alone.

Of what the decoder multiplies at every step only `b x h` by `h x 3h` depends on the state. The
embedding's part is a table of `v x 3h`, the latent's part `b x 3h` is computed once a molecule.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from chemvae.decoder import GruDecoder
from chemvae.decoding.linear import FloatLinear, Linear, Precision, linear
from chemvae.recurrent import GruWeights, gru_step

if TYPE_CHECKING:
    from chemvae.decoding.graph import Captured


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
        gates = self._table.index_select(0, tokens).add_(state.conditioned)
        for index, product in enumerate(self._hidden):
            if index:
                gates = self._inputs[index - 1](state.hidden[index - 1])
            before = state.hidden[index]
            state.hidden[index] = gru_step(gates, product(before), before)
        return self._output(state.hidden[-1])
