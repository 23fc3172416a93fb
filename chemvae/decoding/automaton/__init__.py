"""The SMILES automaton: masks every token after which no valid molecule can follow."""

import torch

from chemvae.decoding.automaton.build import build_tables
from chemvae.decoding.automaton.choices import Choices
from chemvae.decoding.automaton.state import RowStates
from chemvae.decoding.automaton.tokens import meaning
from chemvae.errors import ConfigError
from chemvae.tokens import Vocabulary

__all__ = ["AutomatonState", "SmilesAutomaton"]


class AutomatonState(RowStates):
    """The `MaskState` of a decode."""

    def allowed(self) -> torch.Tensor:
        """`b x v` bool: the tokens that may come next, at least one for each row."""
        return Choices(self).allowed()


class SmilesAutomaton:
    """The `TokenMask` of a vocabulary (docs/decisions/0006-smiles-automaton.md).

    Args:
        vocabulary: Its tokens.
        max_tokens: The most tokens of a molecule, EOS not counted.

    Raises:
        ConfigError: A token that is no part of a SMILES string (named), or fewer than one token.
    """

    def __init__(self, vocabulary: Vocabulary, max_tokens: int) -> None:
        if max_tokens < 1:
            raise ConfigError(f"max_tokens is {max_tokens}; a molecule has at least one token")
        self.max_tokens = max_tokens
        self._tables = {
            torch.device("cpu"): build_tables([meaning(token) for token in vocabulary.tokens])
        }

    def start(self, rows: int, device: torch.device) -> AutomatonState:
        """All rows before the first token."""
        if device not in self._tables:
            self._tables[device] = self._tables[torch.device("cpu")].to(device)
        return AutomatonState(self._tables[device], rows, self.max_tokens)
