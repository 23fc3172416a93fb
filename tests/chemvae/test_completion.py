import pytest
import torch
from rdkit import Chem

from chemvae.completion import read_fragment
from chemvae.errors import CompletionError, ConfigError
from chemvae.tokens import tokenize
from data.errors import MoleculeError

SCAFFOLDS = ("*c1ccccc1", "CC(=O)N*", "[*:1]C[C@H](N)C(=O)O", "O=C(N[*])c1ccc(O)cc1", "C1CCN(*)CC1")


def _complete(codec, fragment, count=60, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    latents = codec.sample_prior(count, generator)
    return codec.complete(fragment, latents, generator=generator, **options)


@pytest.mark.parametrize("scaffold", SCAFFOLDS)
def test_every_spelling_ends_at_the_open_atom(scaffold):
    fragment = read_fragment(scaffold)
    wanted = Chem.MolFromSmiles(
        scaffold.replace("[*:1]", "*").replace("[*]", "*").replace("*", "[15NH2]")
    )
    assert fragment.open_end
    assert fragment.spellings
    for spelling in fragment.spellings:
        grown = Chem.MolFromSmiles(f"{spelling}[15NH2]")
        assert Chem.MolToSmiles(grown) == Chem.MolToSmiles(wanted)


@pytest.mark.parametrize("scaffold", SCAFFOLDS)
def test_every_molecule_contains_the_scaffold(codec, scaffold):
    decoded = _complete(codec, scaffold)
    found = [item for item in decoded if item.smiles is not None]
    assert found
    pattern = Chem.MolFromSmarts(
        Chem.MolToSmarts(read_fragment(scaffold).pattern).replace("[#0]", "*")
    )
    for item in found:
        assert Chem.MolFromSmiles(item.smiles).HasSubstructMatch(pattern, useChirality=True)


def test_a_molecule_without_the_scaffold_does_not_count():
    fragment = read_fragment("*[C@H](N)C(=O)O")
    assert fragment.read("C[C@H](N)C(=O)O") == "C[C@H](N)C(=O)O"
    assert fragment.read("C[C@@H](N)C(=O)O") is None
    assert fragment.read("CCO") is None
    assert fragment.read("C[C@H](N)C(=O)O(") is None
    # Nothing stands at the open end.
    assert read_fragment("*c1ccccc1").read("c1ccccc1") is None


@pytest.mark.parametrize("prefix", ["CC(=O)N", "c1ccc(", "C", "CC("])
def test_a_prefix_begins_every_string(codec, prefix):
    decoded = _complete(codec, prefix)
    assert all(item.raw.startswith(prefix) for item in decoded)
    assert any(item.smiles for item in decoded)


def test_greedy_completion_needs_no_generator_and_repeats(codec):
    latents = codec.sample_prior(5, torch.Generator().manual_seed(0))
    first, again = (codec.complete("CC(=O)", latents, temperature=0.0) for _ in range(2))
    assert first == again
    with pytest.raises(ConfigError, match="give a generator"):
        codec.complete("C", latents)


def test_the_seed_decides(codec):
    first, again, other = (_complete(codec, "CC", 20, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("fragment", "message"),
    [
        ("", "is empty"),
        ("*CC*", r"has 2 atoms \*; mark the one open end of the scaffold with one \*$"),
        ("C*C", r"the \* of 'C\*C' is bound to 2 atoms; an open end is bound to exactly one"),
        ("*", r"the \* of '\*' is bound to 0 atoms"),
        ("C[Se]", r"\[Se\] in 'C\[Se\]'"),
        ("C?", "begins no SMILES token"),
        ("C)", r"'\)' cannot follow 'C'"),
        ("CF(", r"'\(' cannot follow 'CF'"),
        ("[Se]*", r"\[Se\]"),
        ("C" * 60, "reads at most 40"),
    ],
)
def test_what_cannot_be_continued_is_refused_with_the_reason(codec, fragment, message):
    with pytest.raises(CompletionError, match=message):
        _complete(codec, fragment, 2)


def test_a_scaffold_that_does_not_parse_is_refused(codec):
    with pytest.raises(MoleculeError, match="unclosed ring"):
        _complete(codec, "*c1ccc", 2)


def test_a_prefix_is_read_token_by_token():
    assert tokenize(read_fragment(" CCl ").spellings[0]) == ["C", "Cl"]
