"""Strings through the mask, and strings out of it."""

from collections.abc import Sequence

import torch
from rdkit import Chem

from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.tokens import Vocabulary, tokenize
from data.rdkit_log import collect_errors

CPU = torch.device("cpu")


def refusals(
    lines: Sequence[str], vocabulary: Vocabulary, max_tokens: int, batch: int = 500
) -> list[str]:
    """What the mask refuses of `lines`: each up to the refused token, set in `>>`."""
    automaton = SmilesAutomaton(vocabulary, max_tokens)
    by_length = sorted(lines, key=len)
    refused = []
    for start in range(0, len(by_length), batch):
        chunk = by_length[start : start + batch]
        rows = [vocabulary.encode(line, max_tokens)[1:] for line in chunk]
        width = max(map(len, rows))
        tokens = torch.tensor([row + [vocabulary.eos] * (width - len(row)) for row in rows])
        state, first = automaton.start(len(chunk), CPU), torch.full((len(chunk),), width)
        for position in range(width):
            allowed = state.allowed().gather(1, tokens[:, position : position + 1]).squeeze(1)
            first = torch.where(allowed, first, first.clamp(max=position))
            state.advance(tokens[:, position])
        for i in (first < width).nonzero().flatten().tolist():
            parts = [*tokenize(chunk[i]), "<eos>"]
            parts[first[i]] = f">>{parts[first[i]]}<<"
            refused.append("".join(parts))
    return refused


def random_walks(
    vocabulary: Vocabulary, max_tokens: int, rows: int, seed: int, eos: float = 1.0
) -> list[str]:
    """Strings of tokens drawn uniformly from those allowed; EOS is weighted by `eos`.

    Every one must have ended once `max_tokens` are taken.
    """
    generator = torch.Generator().manual_seed(seed)
    state = SmilesAutomaton(vocabulary, max_tokens).start(rows, CPU)
    columns = []
    for _ in range(max_tokens + 1):
        allowed = state.allowed()
        assert allowed.any(dim=1).all()
        assert not allowed[:, vocabulary.bos].any()
        weights = allowed.double()
        weights[:, vocabulary.eos] *= eos
        weights[:, vocabulary.eos] += 1e-9 * allowed[:, vocabulary.eos]
        columns.append(torch.multinomial(weights, 1, generator=generator).squeeze(1))
        state.advance(columns[-1])
    assert (columns[-1] == vocabulary.eos).all()
    return [vocabulary.decode(row) for row in torch.stack(columns, dim=1).tolist()]


def fault(smiles: str) -> str:
    """Why RDKit refuses a string: empty where it does not; `aromatic` for whole systems; `clean-up`
    for what RDKit itself has rewritten before it looks, as a halogen double bonded to `[O+]`."""
    with collect_errors() as log:
        if Chem.MolFromSmiles(smiles) is not None:
            return ""
    text = "; ".join(log)
    if "kekulize" in text.lower() or "non-ring atom" in text:
        return "aromatic"
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    steps = Chem.SanitizeFlags.SANITIZE_ALL ^ Chem.SanitizeFlags.SANITIZE_CLEANUP
    passes = mol is not None and not Chem.SanitizeMol(mol, steps, catchErrors=True)
    return "clean-up" if passes else text
