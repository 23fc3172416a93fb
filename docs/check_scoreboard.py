"""An independent check of validity, uniqueness and FCD, by RDKit and fcd_torch alone.

    chemvae evaluate --keep-samples samples
    python docs/check_scoreboard.py samples/raw_temperature_1.smi reference.csv --first 5000

or of what a chemist gets:

    chemvae sample -n 10000 > samples.smi
    python docs/check_scoreboard.py samples.smi reference.smi

`samples` holds a SMILES a line; an empty line is an invalid sample. `reference` is a file of SMILES
lines, or a CSV with a column `smiles`; the first 5,000 lines of the published ZINC250k file are its
test molecules.
"""

import argparse
import csv
import json
import warnings
from importlib.metadata import version
from pathlib import Path

from fcd_torch import FCD
from rdkit import Chem, RDLogger


def canonical(smiles: str) -> str | None:
    """RDKit's canonical isomeric SMILES; None for what is no molecule."""
    mol = Chem.MolFromSmiles(smiles.strip())
    return Chem.MolToSmiles(mol) if mol is not None and mol.GetNumAtoms() else None


def read_reference(path: Path, first: int | None) -> list[str]:
    """Canonical SMILES of the first molecules of a CSV or of SMILES lines."""
    with path.open(newline="") as file:
        rows = csv.DictReader(file) if path.suffix == ".csv" else ({"smiles": x} for x in file)
        lines = [row["smiles"].split()[0] for row in rows][:first]
    return [line for line in map(canonical, lines) if line is not None]


def check(samples: list[str], reference: list[str], described: int) -> dict[str, object]:
    """Validity of all samples; uniqueness, and FCD to the reference, of the first valid ones."""
    valid = [line for line in map(canonical, samples) if line is not None]
    chosen = valid[:described]
    with warnings.catch_warnings():  # fcd_torch calls numpy and scipy by deprecated names
        warnings.simplefilter("ignore", DeprecationWarning)
        distance = float(FCD(canonize=False)(reference, chosen))
    return {
        "samples": len(samples),
        "validity": len(valid) / len(samples),
        "described": len(chosen),
        "unique": len(set(chosen)) / len(chosen),
        "fcd": distance,
        "reference": len(reference),
        "rdkit": version("rdkit"),
        "fcd_torch": version("fcd_torch"),
    }


def main() -> None:
    """Read the files and print the numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("samples", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--first", type=int, help="reference molecules that count; default: all")
    parser.add_argument("--described", type=int, default=10_000, help="valid samples for FCD")
    arguments = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    samples = arguments.samples.read_text().split("\n")[:-1]
    reference = read_reference(arguments.reference, arguments.first)
    print(json.dumps(check(samples, reference, arguments.described), indent=1))


if __name__ == "__main__":
    main()
