import torch

from chemvae.tokens import Vocabulary
from chemvae.training.spelling import RandomSpelling
from data.molecules import canonical_smiles
from tests.chemvae.conftest import MOLECULES


def _rows(spelling, vocabulary):
    return [
        vocabulary.decode(row[:length])
        for row, length in zip(spelling.tokens.tolist(), spelling.lengths.tolist(), strict=True)
    ]


def test_a_random_spelling_is_the_same_molecule(vocabulary):
    speller = RandomSpelling(vocabulary, 40, share=1.0, seed=0)
    changed = 0
    for smiles in MOLECULES:
        tokens = torch.tensor([vocabulary.encode(smiles, 40)] * 4)
        spelled = _rows(speller(tokens), vocabulary)
        assert {canonical_smiles(line) for line in spelled} == {smiles}
        changed += sum(line != smiles for line in spelled)
    assert changed > len(MOLECULES)


def test_no_share_changes_nothing(vocabulary):
    tokens = torch.tensor([vocabulary.encode("CCOC(=O)c1ccccc1", 40)] * 3)
    spelling = RandomSpelling(vocabulary, 40, share=0.0, seed=0)(tokens)
    assert torch.equal(spelling.tokens, tokens)


def test_a_spelling_outside_the_vocabulary_gives_way():
    vocabulary = Vocabulary.from_smiles(["CCO"])
    tokens = torch.tensor([vocabulary.encode("CCO", 3)] * 20)
    spelled = _rows(RandomSpelling(vocabulary, 3, share=1.0, seed=0)(tokens), vocabulary)
    assert set(spelled) <= {"CCO", "OCC"}, "C(C)O needs tokens that are not there"


def test_the_encoder_reads_padded_rows_as_if_alone(codec, vocabulary):
    rows = [vocabulary.encode(smiles, 40) for smiles in MOLECULES[:5]]
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.full((5, int(lengths.max())), Vocabulary.eos)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = torch.tensor(row)
    together, _ = codec.vae.encoder(padded, lengths)
    for i, row in enumerate(rows):
        alone, _ = codec.vae.encoder(torch.tensor([row]))
        torch.testing.assert_close(together[i], alone[0], atol=1e-5, rtol=1e-4)
