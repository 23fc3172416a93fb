"""A mask that is easy to follow by eye: few tokens, a greatest length, no mistake forgiven."""

import torch

from chemvae.tokens import Vocabulary


class FewTokens:
    """Allows `tokens` and EOS, and EOS alone after `longest` of them."""

    def __init__(self, vocabulary: Vocabulary, tokens: str, longest: int) -> None:
        self.longest = longest
        self.permitted = torch.zeros(len(vocabulary), dtype=torch.bool)
        self.permitted[[Vocabulary.eos, *vocabulary.encode(tokens, 99)[1:-1]]] = True

    def start(self, rows, device):
        return _State(self, torch.zeros(rows, dtype=torch.long, device=device))


class _State:
    def __init__(self, mask, taken):
        self.mask, self.taken = mask, taken
        self.ended = torch.zeros_like(taken, dtype=torch.bool)

    def allowed(self):
        allowed = self.mask.permitted.repeat(len(self.taken), 1)
        only_eos = torch.zeros_like(allowed)
        only_eos[:, Vocabulary.eos] = True
        full = self.ended | (self.taken >= self.mask.longest)
        return torch.where(full.unsqueeze(1), only_eos, allowed)

    def advance(self, tokens):
        assert self.allowed().gather(1, tokens.unsqueeze(1)).all()
        self.ended = self.ended | (tokens == Vocabulary.eos)
        self.taken = self.taken + 1

    def select(self, rows):
        self.taken, self.ended = self.taken[rows], self.ended[rows]
