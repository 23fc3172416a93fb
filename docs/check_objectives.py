"""The built-in objectives against RDKit's own functions, molecule by molecule.

    python docs/check_objectives.py molecules.smi --first 10000

`molecules` is a file of SMILES lines, a CSV with a column of SMILES, or an SD file. SAS is that of
the script in RDKit's contribution folder. Printed: the largest difference, which should be 0.
"""

import argparse
import importlib.util
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import ModuleType

from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, Lipinski, RDConfig

from bayesopt.oracles import available_oracles, get_oracle
from data.readers import read_molecules


def contributed(name: str) -> ModuleType:
    """A script of RDKit's contribution folder, loaded from its file."""
    path = Path(RDConfig.RDContribDir, *name.split("."))
    spec = importlib.util.spec_from_file_location(path.name, path.with_suffix(".py"))
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


sas = contributed("SA_Score.sascorer").calculateScore


def penalized_logp(mol: Chem.Mol) -> float:
    """As Gómez-Bombarelli et al. (2018) define it, no term scaled."""
    rings = [len(ring) for ring in mol.GetRingInfo().AtomRings()]
    return Crippen.MolLogP(mol) - sas(mol) - max(max(rings, default=0) - 6, 0)


REFERENCES: dict[str, Callable[[Chem.Mol], float]] = {
    "logp": Crippen.MolLogP,
    "qed": QED.qed,
    "sas": sas,
    "penalized_logp": penalized_logp,
    "molecular_weight": Descriptors.MolWt,
    "tpsa": Descriptors.TPSA,
    "hbd": Lipinski.NumHDonors,
    "hba": Lipinski.NumHAcceptors,
    "rotatable_bonds": Lipinski.NumRotatableBonds,
    "ring_count": Lipinski.RingCount,
}


def largest_differences(smiles: list[str]) -> dict[str, float]:
    """By objective, over all of the molecules, every one of which must have a value."""
    names = [oracle.name for oracle in available_oracles() if oracle.name in REFERENCES]
    mols = [Chem.MolFromSmiles(item) for item in smiles]
    return {
        name: max(
            abs(value - REFERENCES[name](mol))
            for value, mol in zip(get_oracle(name)(smiles), mols, strict=True)
        )
        for name in names
    }


def main() -> None:
    """Read the arguments and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("molecules", type=Path)
    parser.add_argument("--first", type=int, help="molecules to check; default: all")
    arguments = parser.parse_args()
    records = islice(read_molecules(arguments.molecules), arguments.first)
    smiles = [record.smiles for record in records if record.refusal is None]
    print(json.dumps({"molecules": len(smiles), **largest_differences(smiles)}, indent=2))


if __name__ == "__main__":
    main()
