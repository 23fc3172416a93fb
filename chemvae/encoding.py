"""SMILES strings to posteriors: each molecule's, or the reason why it has none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from chemvae.decoding.linear import FloatLinear, Linear, Precision, linear
from chemvae.errors import TokenizationError, VocabularyError
from chemvae.recurrent import GruWeights, gru_step
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles

ENCODE_BATCH = 512


class StepEncoder:
    """The Gaussian that stands for `q(z | x)`, compiled from a trained network for inference alone.

    An embedding's part in the first layer's gates is a table of `v x 3h` a direction.

    Args:
        vae: The network, on its device; its encoder's weights are copied as they are now.
        precision: Of the matrix products between states.
    """

    def __init__(self, vae: SmilesVae, precision: Precision = "float32") -> None:
        self._vae, self._encoder = vae, vae.encoder
        encoder = vae.encoder
        self._posterior = FloatLinear(encoder.posterior.weight, encoder.posterior.bias)
        self._layers = [
            tuple(
                _Direction.of(GruWeights.of(encoder.gru, f"l{index}{suffix}"), embedding, precision)
                for suffix in ("", "_reverse")
            )
            for index, embedding in enumerate(
                [encoder.embedding.weight.detach(), *[None] * (encoder.gru.num_layers - 1)]
            )
        ]

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._encoder.posterior.weight.device

    @torch.no_grad()  # autograd refuses inference tensors, and these go to surrogates
    def __call__(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """`b x t` tokens of one length to mean and log variance, each `b x d`, on the CPU."""
        mean, log_variance = self._vae.gaussian(*self._read(tokens.to(self.device)))
        return mean.cpu(), log_variance.cpu()

    def _read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """What the encoder says, mean and log variance, each `b x d`."""
        steps = list(tokens.unbind(dim=1))
        for forward, backward in self._layers:
            states = forward.run(steps), backward.run(steps[::-1])[::-1]
            steps = [torch.cat(both, dim=-1) for both in zip(*states, strict=True)]
        last = torch.cat([states[0][-1], states[1][0]], dim=-1)
        mean, log_variance = self._posterior(last).chunk(2, dim=-1)
        return mean, log_variance


@dataclass(frozen=True, slots=True)
class _Direction:
    """One way through the steps of one layer."""

    gates: Callable[[Tensor], Tensor]
    """What a step brings, tokens `b` or states of the layer below `b x 2h`, to `b x 3h`."""
    recurrent: Linear

    @classmethod
    def of(
        cls, weights: GruWeights, embedding: Tensor | None, precision: Precision
    ) -> "_Direction":
        """Of the first layer, which reads an `embedding` (`v x e`), or of one above it."""
        recurrent = linear(weights.hidden, weights.hidden_bias, precision)
        if embedding is None:
            return cls(linear(weights.input, weights.input_bias, precision), recurrent)
        table = embedding @ weights.input.T + weights.input_bias
        return cls(partial(table.index_select, 0), recurrent)

    def run(self, steps: Sequence[Tensor]) -> list[Tensor]:
        """The state after each of the steps, `b x h`."""
        state, states = None, []
        for step in steps:
            gates = self.gates(step)
            if state is None:
                state = gates.new_zeros(len(gates), gates.shape[1] // 3)
            state = gru_step(gates, self.recurrent(state), state)
            states.append(state)
        return states


@dataclass(frozen=True, slots=True)
class Encoding:
    """The posterior of one molecule."""

    mean: Tensor
    """`d`, float32, on the CPU."""
    log_variance: Tensor
    """`d`, float32, on the CPU."""


def encode(
    encoder: StepEncoder, vocabulary: Vocabulary, max_tokens: int, smiles: Sequence[str]
) -> list[Encoding | Refusal]:
    """The posterior of each molecule's canonical SMILES, in batches of one length.

    Refusals carry the codes of `data.molecules.parse`, `several_fragments`, `unknown_token` or
    `too_many_tokens`.
    """
    rows = [_tokens(vocabulary, max_tokens, line) for line in smiles]
    results: dict[int, Encoding | Refusal] = {}
    by_length: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        if isinstance(row, Refusal):
            results[i] = row
        else:
            by_length.setdefault(len(row), []).append(i)
    for members in by_length.values():
        for start in range(0, len(members), ENCODE_BATCH):
            chosen = members[start : start + ENCODE_BATCH]
            means, log_variances = encoder(torch.tensor([rows[i] for i in chosen]))
            for i, mean, log_variance in zip(chosen, means, log_variances, strict=True):
                results[i] = Encoding(mean, log_variance)
    return [results[i] for i in range(len(rows))]


def _tokens(vocabulary: Vocabulary, max_tokens: int, smiles: str) -> list[int] | Refusal:
    try:
        canonical = canonical_smiles(smiles)
        if "." in canonical and "." not in vocabulary.tokens:
            return Refusal(
                "several_fragments",
                f"{canonical!r} holds {canonical.count('.') + 1} fragments, as a salt does; "
                "this model knows single molecules: send the one you mean",
            )
        return vocabulary.encode(canonical, max_tokens)
    except MoleculeError as error:
        return Refusal.from_error(error)
    except VocabularyError as error:
        return Refusal(error.code, str(error))
    except TokenizationError as error:
        return Refusal("unknown_token", str(error))
