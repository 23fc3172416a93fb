"""Decoded strings to the molecules a request wants, within a limit of attempts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rdkit import Chem

from app.molecules.schemas.sample import MoleculesRequest, SampledMolecule, SampleReply
from bayesopt.constraints import Constraint
from chemvae.checkpoints import TrainingIndex
from chemvae.codec import Decoded
from data.errors import DataError
from data.fingerprints import morgan, tanimoto
from data.molecules import inchi_key, parse
from data.properties import compute

ATTEMPTS_PER_MOLECULE = 20
"""Strings decoded at most for each molecule wanted; after that fewer are given back."""

PATIENCE = 512
"""Attempts that any request may make, however few molecules it wants; after so many in a row
without a molecule none is looked for any more, however many are still wanted."""

MAX_BATCH = 1_024
"""Latents decoded at a time: few enough to stop soon."""


@dataclass(slots=True)
class Collector:
    """The molecules accepted so far, and what became of the other attempts."""

    request: MoleculesRequest
    index: TrainingIndex | None
    start: Chem.Mol | None = None
    min_similarity: float = 0.0
    molecules: list[SampledMolecule] = field(default_factory=list)
    num_attempts: int = 0
    num_invalid: int = 0
    num_refused: int = 0
    _seen: set[str] = field(default_factory=set)
    _num_offered: int = 0
    _num_in_vain: int = 0
    _constraints: Sequence[Constraint] = ()

    def __post_init__(self) -> None:
        self._constraints = [schema.to_domain() for schema in self.request.constraints]

    def collect(self, decode: Callable[[int], Sequence[Decoded]]) -> None:
        """Offer what `decode(n)`, `n` new decodes, gives, until there is enough or no hope."""
        wanted = self.request.num_molecules
        limit = max(PATIENCE, wanted * ATTEMPTS_PER_MOLECULE)
        while self.num_attempts < limit and self._num_in_vain < PATIENCE:
            # What is wanted is one batch however long that is; more, only as far as patience goes.
            patience = max(self._num_lacking, PATIENCE - self._num_in_vain)
            size = min(self._expected_need(), MAX_BATCH, patience, limit - self.num_attempts)
            for decoded in decode(size):
                self.offer(decoded)
                if len(self.molecules) == wanted:
                    return

    def offer(self, decoded: Decoded) -> None:
        """Count what was decoded, and keep it if it is a molecule that is wanted."""
        self._num_offered += 1
        self.num_attempts += decoded.attempts
        self._num_in_vain += decoded.attempts
        self.num_invalid += decoded.attempts - (decoded.smiles is not None)
        if decoded.smiles is None:
            return
        molecule = self._judge(decoded.smiles)
        if molecule is None:
            self.num_refused += 1
        else:
            self.molecules.append(molecule)
            self._num_in_vain = 0

    def reply(self, model: str, seed: int) -> SampleReply:
        """All of it."""
        return SampleReply(
            model=model,
            seed=seed,
            molecules=self.molecules,
            num_attempts=self.num_attempts,
            num_invalid=self.num_invalid,
            num_refused=self.num_refused,
        )

    @property
    def _num_lacking(self) -> int:
        return self.request.num_molecules - len(self.molecules)

    def _expected_need(self) -> int:
        """Decodes that probably hold what lacks, if as many as so far are wanted (the share of
        successes by Laplace's rule: at first all, after `n` in vain one in `n + 1`)."""
        kept = len(self.molecules)
        return math.ceil(self._num_lacking * (self._num_offered + 1) / (kept + 1))

    def _judge(self, smiles: str) -> SampledMolecule | None:
        mol = parse(smiles)
        try:
            key = inchi_key(mol)
            properties = compute(mol, self.request.properties)
        except DataError:
            # No identity, or no value of a property that was asked for.
            return None
        if self.request.unique and key in self._seen:
            return None
        similarity = tanimoto(morgan(mol), morgan(self.start)) if self.start else None
        if similarity is not None and similarity < self.min_similarity:
            return None
        if any(constraint.violation(mol) is not None for constraint in self._constraints):
            return None
        self._seen.add(key)
        return SampledMolecule(
            smiles=smiles,
            inchi_key=key,
            properties=properties,
            similarity=similarity,
            novel=None if self.index is None else key not in self.index,
        )
