"""Atom-level SMILES tokens and the vocabulary that numbers them.

A token is a bracket atom, an organic-subset atom, a bond, a branch mark or a ring-closure label, so
that one token is one chemical decision (Schwaller et al. 2018, doi:10.1039/C8SC02339E).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chemvae.errors import TokenizationError, VocabularyError

BOS = "<bos>"
EOS = "<eos>"

_TOKEN = re.compile(r"\[[^\[\]]+\]|Br|Cl|%\d{2}|%\(\d+\)|[BCNOPSFIbcnops*]|\d|[-=#$:/\\.()~]")


def tokenize(smiles: str) -> list[str]:
    """Split a SMILES string into tokens; `"".join` of the result gives the string back.

    Raises:
        TokenizationError: A character that begins no token, named with its position.
    """
    tokens = _TOKEN.findall(smiles)  # which leaves out what is no token
    if sum(map(len, tokens)) < len(smiles):
        position = 0
        for match in _TOKEN.finditer(smiles):
            if match.start() > position:
                break
            position = match.end()
        raise TokenizationError(
            f"{smiles[position]!r} at position {position + 1} of {smiles!r} begins no SMILES "
            "token; check the string for stray characters"
        )
    return tokens


def detokenize(tokens: Iterable[str]) -> str:
    """The SMILES string that `tokenize` split."""
    return "".join(tokens)


@dataclass(frozen=True)
class Vocabulary:
    """The tokens a model knows, numbered; `BOS` is 0 and `EOS` is 1.

    A sequence is `[BOS, tokens ..., EOS]`. There is no padding token: a batch of training holds
    sequences of one length (`chemvae.training.batches`), one of encoding lets them end.
    """

    tokens: tuple[str, ...]

    bos = 0
    eos = 1

    def __post_init__(self) -> None:
        if self.tokens[:2] != (BOS, EOS):
            raise VocabularyError(
                "unknown_token", f"a vocabulary begins with {BOS}, {EOS}, not {self.tokens[:2]}"
            )

    @classmethod
    def from_smiles(cls, smiles: Iterable[str]) -> "Vocabulary":
        """Every token that occurs in `smiles`, sorted."""
        return cls((BOS, EOS, *sorted({token for line in smiles for token in tokenize(line)})))

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {token: i for i, token in enumerate(self.tokens)}

    def encode(self, smiles: str, max_tokens: int) -> list[int]:
        """Token numbers of one molecule, `BOS` and `EOS` included.

        Args:
            smiles: One SMILES string.
            max_tokens: The most tokens accepted, `BOS` and `EOS` not counted.

        Raises:
            TokenizationError: The string is not made of SMILES tokens.
            VocabularyError: An unknown token (named), or too many tokens.
        """
        tokens = tokenize(smiles)
        if len(tokens) > max_tokens:
            raise VocabularyError(
                "too_many_tokens",
                f"{smiles!r} has {len(tokens)} tokens; this model reads at most {max_tokens}",
            )
        numbers = [self._index.get(token, -1) for token in tokens]
        if -1 in numbers:
            unknown = sorted({token for token in tokens if token not in self._index})
            raise VocabularyError(
                "unknown_token",
                f"{', '.join(unknown)} in {smiles!r}: not among the {len(self) - 2} tokens this "
                "model was trained on",
            )
        return [self.bos, *numbers, self.eos]

    def decode(self, ids: Sequence[int]) -> str:
        """The SMILES string before the first `EOS`; a leading `BOS` is skipped."""
        tokens = []
        for i in ids:
            if i == self.eos:
                break
            if i != self.bos:
                tokens.append(self.tokens[i])
        return detokenize(tokens)

    def decode_rows(self, ids: Tensor) -> list[str]:
        """The same of every row of `n x t` token numbers, without a loop over them in Python."""
        # A row without an end gets one.
        ids = torch.nn.functional.pad(ids, (0, 1), value=self.eos)
        ended = (ids == self.eos).cumsum(dim=1)
        first_end = (ended == 1) & (ids == self.eos)
        kept = torch.where(ended == 0, ids, self.bos)
        codes = self._letters[kept.cpu().numpy()]
        ends = torch.where(first_end, ord("\n"), 0).to(torch.uint8).cpu().numpy()
        letters = np.concatenate([codes, ends[..., None]], axis=2).reshape(-1)
        text: str = letters[letters != 0].tobytes().decode("ascii")
        return text.split("\n")[:-1]

    @cached_property
    def _letters(self) -> NDArray[np.uint8]:
        """`v x w`: the letters of each token, and zeros; of `BOS` and `EOS` zeros alone."""
        widest = max(1, *(len(token) for token in self.tokens))
        letters = np.zeros((len(self), widest), dtype=np.uint8)
        for row, token in enumerate(self.tokens[2:], start=2):
            letters[row, : len(token)] = list(token.encode("ascii"))
        return letters
