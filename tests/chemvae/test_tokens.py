import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chemvae.errors import TokenizationError, VocabularyError
from chemvae.tokens import BOS, EOS, Vocabulary, detokenize, tokenize

TOKENS = (
    "C",
    "c",
    "Cl",
    "Br",
    "[C@@H]",
    "[NH3+]",
    "[nH]",
    "%12",
    "1",
    "(",
    ")",
    "=",
    "#",
    "/",
    ".",
)


@given(st.lists(st.sampled_from(TOKENS)))
def test_tokens_survive_the_round_trip(tokens):
    assert tokenize(detokenize(tokens)) == tokens


def test_two_letter_elements_and_brackets_are_one_token():
    assert tokenize("ClC[C@@H](Br)%10") == ["Cl", "C", "[C@@H]", "(", "Br", ")", "%10"]


@given(st.lists(st.sampled_from(TOKENS)), st.sampled_from("é[]%JXZ "), st.data())
def test_a_stray_character_is_named_with_its_position(tokens, stray, data):
    before = data.draw(st.integers(0, len(tokens)))
    start, end = detokenize(tokens[:before]), detokenize(tokens[before:])
    if stray == "%" or (stray == "[" and "]" in end):
        end = ""  # which might make a token of it
    with pytest.raises(TokenizationError) as error:
        tokenize(start + stray + end)
    assert f"{stray!r} at position {len(start) + 1} of" in str(error.value)


def test_vocabulary_numbers_what_it_saw_and_names_what_it_did_not():
    vocabulary = Vocabulary.from_smiles(["CCO", "CN"])
    assert vocabulary.tokens == (BOS, EOS, "C", "N", "O")
    ids = vocabulary.encode("CNO", max_tokens=3)
    assert ids == [0, 2, 3, 4, 1]
    assert vocabulary.decode(ids) == "CNO"
    with pytest.raises(VocabularyError, match=r"\[Se\], \[nH\] in") as unknown:
        vocabulary.encode("C[nH][Se]", max_tokens=9)
    assert unknown.value.code == "unknown_token"
    with pytest.raises(VocabularyError, match="4 tokens; this model reads at most 3") as long:
        vocabulary.encode("CCCC", max_tokens=3)
    assert long.value.code == "too_many_tokens"


def test_decoding_stops_at_the_first_end():
    vocabulary = Vocabulary.from_smiles(["CN"])
    assert vocabulary.decode([0, 2, 1, 3, 3]) == "C"


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), max_size=6))
def test_rows_decode_as_they_do_one_by_one(rows):
    vocabulary = Vocabulary(("<bos>", "<eos>", "C", "[nH]", "Cl", "="))
    ids = torch.tensor(rows, dtype=torch.long).view(len(rows), 3)
    assert vocabulary.decode_rows(ids) == [vocabulary.decode(row) for row in rows]
