"""Random spellings of molecules for the encoder: one molecule, one latent, however it is written.

Bjerrum & Sattarov 2018 (doi:10.3390/biom8040131) found latents of randomised SMILES to follow
chemistry rather than spelling.
"""

import numpy as np
import torch
from torch import Tensor

from chemvae.errors import TokenizationError, VocabularyError
from chemvae.tokens import Vocabulary
from chemvae.training.batches import Spelling
from data.molecules import random_smiles


class RandomSpelling:
    """Spells a share of the molecules at random; the others stay as they are.

    A spelling with a token the vocabulary lacks, or with too many, gives way to the original.

    Args:
        vocabulary: The tokens.
        max_tokens: The most tokens of a spelling.
        share: Of the molecules, 0 to 1.
        seed: Decides which, and how.
    """

    def __init__(self, vocabulary: Vocabulary, max_tokens: int, share: float, seed: int) -> None:
        self.vocabulary, self.max_tokens, self.share = vocabulary, max_tokens, share
        self._random = np.random.default_rng(seed)

    def __call__(self, tokens: Tensor) -> Spelling:
        """`b x t` sequences of one length, spelled anew."""
        chosen = self._random.random(len(tokens)) < self.share
        rows = [
            self._respell(row) if again else row
            for row, again in zip(tokens.tolist(), chosen, strict=True)
        ]
        lengths = torch.tensor([len(row) for row in rows])
        padded = torch.full((len(rows), int(lengths.max())), Vocabulary.eos)
        for i, row in enumerate(rows):
            padded[i, : len(row)] = torch.tensor(row)
        return Spelling(padded, lengths)

    def _respell(self, row: list[int]) -> list[int]:
        seed = int(self._random.integers(2**31))
        try:
            spelled = random_smiles(self.vocabulary.decode(row), seed)
            return self.vocabulary.encode(spelled, self.max_tokens)
        except (TokenizationError, VocabularyError):
            return row
