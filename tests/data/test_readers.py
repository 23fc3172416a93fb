import gzip
import io
import tarfile

import pytest
from rdkit import Chem

from data import readers
from data.errors import ColumnError, FormatError, MissingFileError
from data.molecules import parse
from data.readers import (
    Record,
    read_csv_column,
    read_mol_block,
    read_molecules,
    read_stream,
    read_tarred_lines,
)


@pytest.fixture
def write(tmp_path):
    def _write(name: str, content: str | bytes):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def test_csv_keeps_order_lines_and_names(write):
    path = write("a.csv", "ID,Smiles,pIC50\nx1,CCO,5\nx2,c1ccccc1,\n")
    assert list(read_molecules(path)) == [Record(2, "CCO", "x1"), Record(3, "c1ccccc1", "x2")]


def test_a_tables_other_cells_stay_with_the_molecule(write):
    path = write("a.csv", "ID,Smiles,pIC50\nx1,CCO,5\nx2,CCN\n")
    first, short = read_molecules(path)
    assert first.cells == {"ID": "x1", "Smiles": "CCO", "pIC50": "5"}
    assert short.cells["pIC50"] == ""


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_table_of_a_spreadsheet(write, separator):
    text = separator.join(["name", "structure"]) + "\r\n" + separator.join(["a", "CCO"]) + "\r\n"
    path = write("a.csv", b"\xef\xbb\xbf" + text.encode())
    assert list(read_molecules(path, "structure")) == [Record(2, "CCO", "a")]


def test_bad_rows_carry_line_and_reason_and_the_rest_goes_on(write):
    path = write("a.csv", "smiles,name\nCCO,a\n,b\nCCN\nCC,d,extra\nCCC,e\n")
    records = list(read_molecules(path))
    assert [record.line for record in records] == [2, 3, 4, 5, 6]
    refused = {record.line: record.refusal for record in records if record.refusal}
    assert {line: refusal.code for line, refusal in refused.items()} == {3: "empty", 5: "columns"}
    assert "'smiles'" in refused[3].message
    assert records[2] == Record(4, "CCN", "")


@pytest.mark.parametrize("column", ["SMILES_2", None])
def test_missing_column_lists_those_there_are(write, column):
    path = write("a.csv", "id,structure\n1,CCO\n")
    with pytest.raises(ColumnError, match=r"no column .*the columns are: id, structure") as caught:
        list(read_molecules(path, column))
    assert "a.csv" in str(caught.value)


def test_empty_table(write):
    with pytest.raises(ColumnError):
        list(read_molecules(write("a.csv", "")))


def test_smi_lines_comments_header_and_names(write):
    path = write("a.smi", "SMILES Name\nCCO ethyl alcohol\n# note\n\nC1CC\tring\nCCN\n")
    assert list(read_molecules(path)) == [
        Record(2, "CCO", "ethyl alcohol"),
        Record(5, "C1CC", "ring"),
        Record(6, "CCN", ""),
    ]


def _mol_block(smiles: str, name: str) -> str:
    mol = parse(smiles)
    mol.SetProp("_Name", name)
    return Chem.MolToMolBlock(mol)


def test_sdf_records_with_a_bad_one_between(write):
    good = _mol_block("C[C@H](N)C(=O)O", "alanine")
    five = _mol_block("CCCC", "five").replace("  4  3  0", "  4  5  0", 1)
    text = f"{good}> <pIC50>\n6.1\n\n$$$$\n{five}$$$$\n{_mol_block('CCO', 'ethanol')}$$$$\n"
    alanine, bad, ethanol = read_molecules(write("a.sdf", text))
    assert (alanine.line, alanine.smiles, alanine.name) == (1, "C[C@H](N)C(=O)O", "alanine")
    assert bad.name == "five"
    assert bad.refusal.code == "syntax"
    assert bad.line == good.count("\n") + 5
    assert ethanol.smiles == "CCO"


def test_sdf_impossible_valence_and_missing_end(write):
    block = _mol_block("CC(C)C", "x").replace("  1  2  1", "  1  2  3", 1)
    valence, junk = read_molecules(write("a.sdf", f"{block}$$$$\njunk\nno molecule\n"))
    assert valence.refusal.code == "valence"
    assert "Explicit valence for atom # 1 C, 5" in valence.refusal.message
    assert junk.refusal.code == "syntax"
    assert "'junk'" in junk.refusal.message


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv.gz", "smiles\nCCO\n"), ("a.smi.gz", "CCO\n"), ("A.SMI.GZ", "CCO\n")]
)
def test_gzipped_files(write, name, text):
    path = write(name, gzip.compress(text.encode()))
    assert [record.smiles for record in read_molecules(path)] == ["CCO"]


@pytest.mark.parametrize(
    "content",
    [b"no gzip at all", gzip.compress(b"CCO\n" * 5000, mtime=0)[:40], b"\x1f\x8b\x08" + b"\0" * 40],
)
def test_damaged_archive(write, content):
    with pytest.raises(FormatError, match=r"a\.smi\.gz cannot be read"):
        list(read_molecules(write("a.smi.gz", content)))


def test_a_byte_that_is_no_text_spoils_its_row_alone(write):
    records = list(read_molecules(write("a.smi", b"CCO a\nCC\xff b\nCCN c\n")))
    assert [record.name for record in records] == ["a", "b", "c"]
    assert records[1].smiles == "CC\N{REPLACEMENT CHARACTER}"


def test_missing_file_and_unknown_ending(write, tmp_path):
    with pytest.raises(MissingFileError, match=r"nowhere\.csv"):
        list(read_molecules(tmp_path / "nowhere.csv"))
    with pytest.raises(FormatError, match=r"\.csv, \.tsv, \.smi, \.sdf"):
        list(read_molecules(write("a.xlsx", "x")))


def test_published_formats(write, tmp_path):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("zinc.txt")
        member.size = 9
        tar.addfile(member, io.BytesIO(b"CCO\nC#N\n\n"))
    assert read_tarred_lines(write("z.txt.gz", archive.getvalue())) == ["CCO", "C#N"]
    assert read_csv_column(write("q.txt", "idx,smiles\n1,C\n2,N\n"), "smiles") == ["C", "N"]
    with pytest.raises(ColumnError, match="idx, smiles"):
        read_csv_column(tmp_path / "q.txt", "SMILES")
    with pytest.raises(FormatError, match="no gzipped tar"):
        read_tarred_lines(write("z.txt.gz", b"nothing of the kind"))


def stream(content, file_format="smi", **options):
    return list(read_stream(io.BytesIO(content), file_format, **options))


def test_a_stream_reads_as_the_file_does(write):
    content = b"CCO ethanol\n# no molecule\n\nCCN\n"
    records = list(read_molecules(write("a.smi", content)))
    assert stream(content) == stream(gzip.compress(content)) == records
    table = b"id;smiles\nx1;CCO\n"
    assert stream(table, "csv") == list(read_molecules(write("a.csv", table)))


def test_an_sd_record_of_a_stream_is_parsed_later(write):
    blocks = [Chem.MolToMolBlock(Chem.MolFromSmiles(smiles)) for smiles in ("CCO", "CCN")]
    content = "".join(f"{block}$$$$\n" for block in blocks).encode()
    late = [read_mol_block(record.smiles, record.line) for record in stream(content, "sdf")]
    assert late == list(read_molecules(write("a.sdf", content)))
    assert [record.smiles for record in late] == ["CCO", "CCN"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("MAX_LINE", b"CCO\n" + b"C" * 50 + b"\n", "line 2 has more than 20"),
        ("MAX_TEXT", b"CCO\n" * 6, "more than 20 characters"),
    ],
)
def test_a_stream_fills_no_memory(monkeypatch, name, content, says):
    monkeypatch.setattr(readers, name, 20)
    with pytest.raises(FormatError, match=says):
        stream(content)


def test_an_sd_record_that_is_too_long_is_refused_alone(monkeypatch):
    monkeypatch.setattr(readers, "MAX_BLOCK", 20)
    content = b"big\n" + b"x\n" * 50 + b"$$$$\nsmall\n$$$$\n"
    big, small = stream(content, "sdf")
    assert (big.line, big.name, big.refusal.code) == (1, "big", "too_long")
    assert (small.line, small.smiles) == (53, "small\n")


def test_a_damaged_archive_says_so():
    with pytest.raises(FormatError, match="cannot be read to its end"):
        stream(gzip.compress(b"CCO\n" * 1000)[:-20])
