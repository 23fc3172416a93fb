from hypothesis import given, settings
from hypothesis import strategies as st

from data.cleaning import NUM_EXAMPLES, clean
from data.errors import Refusal
from data.molecules import canonical_smiles
from data.readers import Record
from tests.data.strategies import valid_smiles


def test_every_molecule_is_kept_a_duplicate_or_refused():
    smiles, report = clean(["OCC", "CCO", "C1CC", "CCO.Cl", "c1ccccc1", "C[S+]([O-])C", ""])
    assert smiles == ["CCO", "c1ccccc1", "CS(C)=O"]
    assert (report.read, report.kept, report.duplicates, report.num_refused) == (7, 3, 2, 2)
    assert {code: group.count for code, group in report.refused.items()} == {
        "syntax": 1,
        "empty": 1,
    }
    (example,) = report.refused["syntax"].examples
    assert (example.line, example.smiles) == (3, "C1CC")
    assert "unclosed ring" in example.message


def test_accept_sees_the_cleaned_molecule_and_its_reason_is_reported():
    seen = []

    def accept(smiles: str) -> Refusal | None:
        seen.append(smiles)
        return Refusal("unknown_token", "no token Br") if "Br" in smiles else None

    smiles, report = clean(["OCC", "BrCC", "CN(=O)=O"], accept)
    assert smiles == ["CCO", "C[N+](=O)[O-]"]
    assert seen == ["CCO", "CCBr", "C[N+](=O)[O-]"]
    assert report.refused["unknown_token"].examples[0].smiles == "BrCC"


def test_whoever_asks_is_told_of_every_record_that_is_kept():
    told = []
    clean(
        ["OCC", "C1CC", "CCO", "CO"],
        held_out={"CO"},
        on_kept=lambda smiles, record: told.append((smiles, record.line)),
    )
    assert told == [("CCO", 1), ("CCO", 3)]


def test_held_out_molecules_are_refused_however_they_are_spelled():
    smiles, report = clean(["OCC", "CCN"], held_out={"CCO"})
    assert smiles == ["CCN"]
    assert report.refused["held_out"].examples[0].smiles == "OCC"


def test_refused_records_of_a_file_keep_their_line_and_reason():
    records = [Record(7, "", "x", Refusal("empty", "no value")), Record(9, "C1CC", "y")]
    smiles, report = clean(records)
    assert smiles == []
    assert report.refused["empty"].examples[0].line == 7
    assert report.refused["syntax"].examples[0].line == 9


def test_report_counts_all_and_quotes_a_few():
    _, report = clean(["CX"] * 10 + ["C(C)(C)(C)(C)C", "C"])
    assert list(report.refused) == ["syntax", "valence"]
    assert report.refused["syntax"].count == 10
    assert len(report.refused["syntax"].examples) == NUM_EXAMPLES
    table = str(report)
    assert table.splitlines()[:4] == [
        "read                  12",
        "kept                   1",
        "duplicates             0",
        "refused               11",
    ]
    assert "    line 1: syntax error near position 2 in 'CX'" in table


@given(st.lists(valid_smiles, max_size=10))
@settings(deadline=None, max_examples=50)
def test_cleaning_twice_is_cleaning_once(smiles):
    once, _ = clean(smiles)
    twice, report = clean(once)
    assert twice == once == [canonical_smiles(each) for each in once]
    assert report.duplicates == report.num_refused == 0
