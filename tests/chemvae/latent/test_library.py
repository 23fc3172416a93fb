import pytest
import torch

from chemvae.errors import CheckpointError
from chemvae.latent import library as module
from chemvae.latent.library import LatentLibrary, library_records, packed_fingerprint
from data.errors import MissingFileError, Refusal
from data.fingerprints import morgan
from data.molecules import parse
from data.readers import Record
from tests.chemvae.conftest import MOLECULES

ASPIRIN = MOLECULES[0]


def _equal(a: LatentLibrary, b: LatentLibrary) -> bool:
    return (
        (a.smiles, a.names, a.model) == (b.smiles, b.names, b.model)
        and torch.equal(a.latents, b.latents)
        and torch.equal(a.fingerprints, b.fingerprints)
    )


def test_a_library_holds_the_encodings(codec, library):
    assert library.smiles == MOLECULES
    assert library.names == tuple(f"m{line}" for line in range(len(MOLECULES)))
    means = torch.stack([encoding.mean for encoding in codec.encode(MOLECULES)])
    assert torch.allclose(library.latents, means, atol=1e-5)
    for smiles, row in zip(library.smiles, library.fingerprints, strict=True):
        bits = [i for i in range(2048) if row[i // 8] >> i % 8 & 1]
        assert bits == list(morgan(parse(smiles)).GetOnBits())


def test_every_row_left_out_is_listed_with_its_reason(codec, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)  # a repetition is found across chunks as well
    lines = ("C[Si]", f"{ASPIRIN}\taspirin \t tablet", "C1CC", f"{ASPIRIN}.[Na+].[Cl-] salt",
             "c1ccc2[nH]ccc2c1", "OC(=O)c1ccccc1OC(C)=O again")  # fmt: skip
    (tmp_path / "rows.smi").write_text("\n".join(lines))
    built, refused = LatentLibrary.build(codec, "tiny", library_records(tmp_path / "rows.smi"))
    assert built.smiles == (ASPIRIN, "c1ccc2[nH]ccc2c1")
    assert built.names == ("aspirin tablet", "")
    assert [(row.record.line, row.refusal.code) for row in refused] == [
        (1, "unknown_token"), (3, "syntax"), (4, "duplicate"), (6, "duplicate"),
    ]  # fmt: skip


def test_chunks_change_nothing(codec, library, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 5)
    records = [Record(line, smiles, f"m{line}") for line, smiles in enumerate(MOLECULES)]
    built, _ = LatentLibrary.build(codec, codec.fingerprint, records)
    assert built.smiles == library.smiles
    assert torch.allclose(built.latents, library.latents, atol=1e-5)


def test_a_library_of_nothing_is_empty(codec, tmp_path):
    built, refused = LatentLibrary.build(codec, "tiny", [Record(1, "C1CC", "")])
    assert (len(built), len(refused)) == (0, 1)
    built.save(tmp_path)
    assert _equal(LatentLibrary.load(tmp_path), built)


def test_what_is_saved_is_loaded(library, tmp_path):
    library.save(tmp_path / "new" / "folder")
    assert _equal(LatentLibrary.load(tmp_path / "new" / "folder"), library)


def test_a_damaged_library_is_refused(library, tmp_path):
    library.save(tmp_path)
    with pytest.raises(MissingFileError):
        LatentLibrary.load(tmp_path / "nowhere")
    with (tmp_path / "molecules.smi").open("a") as file:
        file.write("CCO one too many\n")
    with pytest.raises(CheckpointError, match="17 molecules, 16 latents and 16 fingerprints"):
        LatentLibrary.load(tmp_path)
    (tmp_path / "vectors.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(CheckpointError, match="no saved library"):
        LatentLibrary.load(tmp_path)


def test_another_models_latents_are_refused(library):
    library.require_model("tiny")
    with pytest.raises(CheckpointError, match="encoded by the model tiny, not by other"):
        library.require_model("other")


def test_a_published_data_set_is_read_split_by_split(monkeypatch):
    monkeypatch.setattr(module, "load_smiles", lambda name, split: [f"{name}-{split}"])
    assert [(record.line, record.smiles) for record in library_records("qm9")] == [
        (1, "qm9-train"), (2, "qm9-validation"), (3, "qm9-test"),
    ]  # fmt: skip


def test_a_row_refused_by_its_reader_keeps_that_reason(codec):
    refusal = Refusal("columns", "more cells than the 2 of the header")
    _, refused = LatentLibrary.build(codec, "tiny", [Record(7, "CC", "", refusal)])
    assert refused[0].refusal is refusal


def test_a_fingerprint_is_packed_into_bytes():
    packed = packed_fingerprint(ASPIRIN)
    assert (packed.shape, packed.dtype) == ((256,), torch.uint8)
