"""What a molecule is grown from: the beginning of a SMILES, or a scaffold with an open end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from rdkit import Chem
from torch import Tensor

from chemvae.decoding import StepDecoder, TokenMask, decode
from chemvae.errors import ChemvaeError, CompletionError
from chemvae.tokens import Vocabulary
from data.errors import MoleculeError
from data.molecules import canonical_smiles, read

OPEN_END = "*"
NUM_SPELLINGS = 16
"""Spellings of a scaffold that the decoder is asked about, the shortest ones."""

_NUM_RANDOM = 256
"""Random spellings made to find those: only a spelling that ends with the open end is of use."""


@dataclass(frozen=True)
class Fragment:
    """A fragment to complete."""

    spellings: tuple[str, ...]
    """SMILES prefixes that all mean it; one is enough."""
    pattern: Chem.Mol | None
    """What every result contains, with any atom at the open end; none for a plain prefix."""

    @property
    def open_end(self) -> bool:
        """Whether something must follow."""
        return self.pattern is not None

    def read(self, raw: str) -> str | None:
        """The canonical SMILES of a decoder's string, if it is a molecule with the fragment."""
        try:
            smiles = canonical_smiles(raw)
        except MoleculeError:
            return None
        if self.pattern is None:
            return smiles
        mol = Chem.MolFromSmiles(smiles)
        return smiles if mol.HasSubstructMatch(self.pattern, useChirality=True) else None


def read_fragment(text: str) -> Fragment:
    """A scaffold where one atom is `*` (or `[*:1]`), a plain SMILES prefix otherwise.

    Raises:
        CompletionError: Nothing, or a scaffold without exactly one open end at one atom.
        data.errors.MoleculeError: A scaffold that RDKit cannot read.
    """
    text = text.strip()
    if not text:
        raise CompletionError(
            "the fragment is empty; give the beginning of a SMILES, or a scaffold"
        )
    if OPEN_END not in text:
        return Fragment((text,), None)
    mol = read(text)
    ends = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(ends) != 1:
        raise CompletionError(
            f"{text!r} has {len(ends)} atoms *; mark the one open end of the scaffold with one *"
        )
    if (bound := ends[0].GetDegree()) != 1:
        raise CompletionError(
            f"the * of {text!r} is bound to {bound} atoms; an open end is bound to exactly one, as "
            "in '*c1ccccc1'"
        )
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    ends[0].SetIsotope(0)
    return Fragment(_open_spellings(mol), _pattern(mol))


def choose_prefix(
    fragment: Fragment,
    vocabulary: Vocabulary,
    max_tokens: int,
    mask: TokenMask | None,
    score: Callable[[Sequence[Sequence[int]]], Sequence[float]],
) -> list[int]:
    """The tokens, without BOS, of the spelling that the model finds likeliest.

    Args:
        fragment: What to spell.
        vocabulary: Tokens of the model.
        max_tokens: The most tokens of a molecule.
        mask: Must let each token stand where it does, and something follow.
        score: Log likelihood of each of several token sequences.

    Raises:
        CompletionError: No spelling is made of this model's tokens and can go on.
    """
    usable, reason = [], ""
    for spelling in fragment.spellings:
        try:
            tokens = vocabulary.encode(spelling, max_tokens)[1:-1]
            _check(tokens, vocabulary, mask, fragment.open_end)
            usable.append(tokens)
        except ChemvaeError as error:
            reason = reason or str(error)
    if not usable:
        raise CompletionError(reason)
    if len(usable) == 1:
        return usable[0]
    scores = score(usable)
    return max(zip(scores, usable, strict=True))[1]


def prefix_likelihoods(
    step: StepDecoder, latents: Tensor, prefixes: Sequence[Sequence[int]]
) -> list[float]:
    """Mean log likelihood, in nats, of each beginning of a molecule over `b x d'` latents."""
    return [
        decode(step, latents, len(row), prefix=torch.tensor(row)).log_likelihood.mean().item()
        for row in prefixes
    ]


def _check(
    tokens: Sequence[int], vocabulary: Vocabulary, mask: TokenMask | None, open_end: bool
) -> None:
    if mask is None:
        return
    state = mask.start(1, torch.device("cpu"))
    for position, token in enumerate(tokens):
        if not state.allowed()[0, token]:
            before = vocabulary.decode(tokens[:position])
            raise CompletionError(
                f"{vocabulary.tokens[token]!r} cannot follow {before!r} in any molecule that this "
                "model can write"
            )
        state.advance(torch.tensor([token]))
    following = state.allowed()[0].clone()
    following[Vocabulary.eos] &= not open_end
    if not following.any():
        raise CompletionError(
            f"nothing can follow {vocabulary.decode(tokens)!r}: its last atom has no valence left, "
            "or the longest molecule of this model is reached"
        )


def _open_spellings(mol: Chem.Mol) -> tuple[str, ...]:
    """Prefixes whose last atom is the open one, shortest first.

    Every branch but the one to the open end is written in brackets before it, which a random
    depth-first order does now and then.
    """
    written = Chem.MolToRandomSmilesVect(mol, _NUM_RANDOM, randomSeed=1)
    open_ = {line.removesuffix(OPEN_END) for line in written if line.endswith(OPEN_END)}
    return tuple(sorted(open_, key=lambda line: (len(line), line))[:NUM_SPELLINGS])


def _pattern(mol: Chem.Mol) -> Chem.Mol:
    settings = Chem.AdjustQueryParameters.NoAdjustments()
    settings.makeDummiesQueries = True  # type: ignore[assignment]  # rdkit-stubs: a static bool
    return Chem.AdjustQueryProperties(mol, settings)
