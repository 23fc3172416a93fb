"""Test molecules with what the encoder says of them: where most measures begin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from chemvae.codec import Encoding, MoleculeCodec
from chemvae.errors import ConfigError
from chemvae.posterior import Posterior, padded_batches


@dataclass(frozen=True, slots=True)
class EncodedTest:
    """The test molecules that a model can encode."""

    asked: int
    """How many were given."""
    lines: list[str]
    """Canonical isomeric SMILES of those it can encode, `n`."""
    posterior: Posterior
    """Of each, `n x d`, on the CPU."""

    @classmethod
    def of(cls, codec: MoleculeCodec, smiles: Sequence[str]) -> "EncodedTest":
        """Encode canonical SMILES, leaving out what cannot be.

        Raises:
            ConfigError: None of them can.
        """
        known = [
            (line, encoding)
            for line, encoding in zip(smiles, codec.encode(smiles), strict=True)
            if isinstance(encoding, Encoding)
        ]
        if not known:
            raise ConfigError(f"the model can encode none of the {len(smiles)} test molecules")
        posterior = Posterior(
            torch.stack([encoding.mean for _, encoding in known]),
            torch.stack([encoding.log_variance for _, encoding in known]),
        )
        return cls(len(smiles), [line for line, _ in known], posterior)

    def __len__(self) -> int:
        return len(self.lines)

    def first(self, count: int) -> "EncodedTest":
        """The first `count` of them."""
        parts = (part[:count] for part in self.posterior)
        lines = self.lines[:count]
        return EncodedTest(len(lines), lines, Posterior(*parts))

    def batches(
        self, codec: MoleculeCodec, size: int
    ) -> Iterator[tuple[Tensor, Tensor, Posterior]]:
        """Row numbers (`b`, CPU), tokens and posteriors of molecules of about one length."""
        for chosen, tokens in padded_batches(codec, dict(enumerate(self.lines)), size):
            places = torch.tensor(chosen)
            yield (
                places,
                tokens,
                Posterior(*(part[places].to(codec.device) for part in self.posterior)),
            )
