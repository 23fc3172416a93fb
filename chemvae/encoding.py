"""SMILES strings to posteriors: each molecule's, or the reason why it has none."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

import torch
from torch import Tensor
from torch.nn import functional as F

from chemvae.decoding.linear import FloatLinear, Linear, Precision, linear
from chemvae.errors import ShapeError, TokenizationError, VocabularyError
from chemvae.recurrent import GruWeights, gru_step
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles

ENCODE_BATCH = 256
"""Molecules encoded at a time: the states of a layer are kept for all their steps, 75 MB with what
is made of them for `zinc250k`."""


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
    def __call__(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """`b` rows of tokens, the longest first, to mean and log variance, `b x d`, on the CPU.

        Raises:
            ShapeError: No row, or one that is longer than the one before.
        """
        lengths = [len(row) for row in rows]
        if not rows or lengths != sorted(lengths, reverse=True):
            raise ShapeError(f"rows of {lengths} tokens; expected at least one, the longest first")
        columns = _columns(rows)
        tokens = torch.tensor([token for column in columns for token in column], device=self.device)
        steps = torch.split(tokens, [len(column) for column in columns])
        mean, log_variance = self._vae.gaussian(*self._read(steps))
        return mean.cpu(), log_variance.cpu()

    def _read(self, steps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """What the encoder says, mean and log variance, each `b x d`.

        Args:
            steps: The tokens at each step, of as many of the `b` rows as are that long.
        """
        ends = [*map(len, steps[1:]), 0]
        for forward, backward in self._layers[:-1]:
            states = list(forward.run(steps)), list(backward.run(steps[::-1]))[::-1]
            steps = [torch.cat(both, dim=-1) for both in zip(*states, strict=True)]
        forward, backward = self._layers[-1]
        # The rows that end at a step come after those that go on. A copy, or each would keep all.
        lasts = [state[end:].clone() for state, end in zip(forward.run(steps), ends, strict=True)]
        [first] = deque(backward.run(steps[::-1]), maxlen=1)
        last = torch.cat([torch.cat(lasts[::-1]), first], dim=-1)
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

    def run(self, steps: Sequence[Tensor]) -> Iterator[Tensor]:
        """The state after each of the steps, `b' x h`, for those of the `b` rows that have one.

        Forward, the last rows end, and are left out; backward, they join, from a state of zeros.
        """
        state: Tensor | None = None
        for step in steps:
            gates = self.gates(step)
            count, width = len(gates), gates.shape[1] // 3
            state = gates.new_zeros(count, width) if state is None else state[:count]
            if len(state) < count:
                state = F.pad(state, (0, 0, 0, count - len(state)))
            state = gru_step(gates, self.recurrent(state), state)
            yield state


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
    """The posterior of each molecule's canonical SMILES, molecules of similar length in one batch.

    Refusals carry the codes of `data.molecules.parse`, `several_fragments`, `unknown_token` or
    `too_many_tokens`.
    """
    rows = [_tokens(vocabulary, max_tokens, line) for line in smiles]
    results: dict[int, Encoding | Refusal] = {
        i: row for i, row in enumerate(rows) if isinstance(row, Refusal)
    }
    known = {i: row for i, row in enumerate(rows) if not isinstance(row, Refusal)}
    longest_first = sorted(known, key=lambda i: len(known[i]), reverse=True)
    for start in range(0, len(longest_first), ENCODE_BATCH):
        chosen = longest_first[start : start + ENCODE_BATCH]
        means, log_variances = encoder([known[i] for i in chosen])
        for i, mean, log_variance in zip(chosen, means, log_variances, strict=True):
            results[i] = Encoding(mean, log_variance)
    return [results[i] for i in range(len(rows))]


def _columns(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """The tokens at each step, of the rows that are long enough; the longest come first."""
    columns = zip_longest(*rows)
    return [[token for token in column if token is not None] for column in columns]


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
