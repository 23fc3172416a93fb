"""`MoleculeCodec`: SMILES strings to latents and back, with validity checked by RDKit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from chemvae.decoding import decode
from chemvae.errors import ConfigError, ShapeError, TokenizationError, VocabularyError
from chemvae.prior import Prior
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.errors import MoleculeError, Refusal
from data.molecules import canonical_smiles

ENCODE_BATCH = 512
DECODE_BATCH = 1024

LARGEST_LATENT = 1e30
"""The decoder saturates long before; beyond, sums inside its GRU overflow float32 to NaN."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The posterior of one molecule."""

    mean: Tensor
    """`d`, float32, on the CPU."""
    log_variance: Tensor
    """`d`, float32, on the CPU."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decode of one latent."""

    smiles: str | None
    """RDKit canonical isomeric SMILES; `None` where the decoder's string is no molecule."""
    raw: str
    """The decoder's string itself."""
    log_likelihood: float
    """Nats: `log p(raw | z)`."""


class MoleculeCodec:
    """A trained network, its vocabulary and the prior it is sampled from.

    Args:
        vae: The network, already on its device.
        vocabulary: Its tokens.
        prior: What `sample_prior` draws from.
        fingerprint: sha256 of the weights, recorded with everything the codec makes.
    """

    def __init__(
        self, vae: SmilesVae, vocabulary: Vocabulary, prior: Prior, fingerprint: str
    ) -> None:
        self.vae, self.vocabulary, self.prior = vae.eval(), vocabulary, prior
        self.fingerprint = fingerprint

    @property
    def latent_dim(self) -> int:
        """`d`."""
        return self.vae.config.latent_dim

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self.vae.encoder.posterior.weight.device

    def encode(self, smiles: Sequence[str]) -> list[Encoding | Refusal]:
        """The posterior of each molecule's canonical SMILES, or why it has none.

        Refusals carry the codes of `data.molecules.parse`, `several_fragments`, `unknown_token` or
        `too_many_tokens`.
        """
        rows: list[list[int] | Refusal] = [self._tokens(line) for line in smiles]
        results: dict[int, Encoding | Refusal] = {
            i: row for i, row in enumerate(rows) if isinstance(row, Refusal)
        }
        by_length: dict[int, list[int]] = {}
        for i, row in enumerate(rows):
            if not isinstance(row, Refusal):
                by_length.setdefault(len(row), []).append(i)
        for members in by_length.values():
            for start in range(0, len(members), ENCODE_BATCH):
                chosen = members[start : start + ENCODE_BATCH]
                means, log_variances = self._posterior(torch.tensor([rows[i] for i in chosen]))
                for i, mean, log_variance in zip(chosen, means, log_variances, strict=True):
                    results[i] = Encoding(mean, log_variance)
        return [results[i] for i in range(len(rows))]

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> list[Decoded]:
        """One decode of each latent; what parses comes back canonical.

        Args:
            latents: `n x d`.
            temperature: 0 is greedy.
            generator: Needed above temperature 0.

        Raises:
            ShapeError: The latents are not `n x d`, or not finite.
            ConfigError: A negative or infinite temperature, or one above 0 without a generator.
        """
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ShapeError(
                f"latents have shape {tuple(latents.shape)}; expected (n, {self.latent_dim})"
            )
        if not torch.isfinite(latents).all():
            raise ShapeError("latents hold NaN or infinity; every value must be finite")
        if not (math.isfinite(temperature) and temperature >= 0):
            raise ConfigError(f"temperature is {temperature}; use 0 (greedy) or a positive number")
        if temperature > 0 and generator is None:
            raise ConfigError(f"temperature {temperature} samples tokens: give a generator")
        bounded = latents.double().clamp(-LARGEST_LATENT, LARGEST_LATENT).float()
        return [
            decoded
            for batch in torch.split(bounded, DECODE_BATCH)
            for decoded in self._decode_batch(batch, temperature, generator)
        ]

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents from the served prior."""
        return self.prior.sample(n, generator)

    def _tokens(self, smiles: str) -> list[int] | Refusal:
        try:
            canonical = canonical_smiles(smiles)
            if "." in canonical and "." not in self.vocabulary.tokens:
                return Refusal(
                    "several_fragments",
                    f"{canonical!r} holds {canonical.count('.') + 1} fragments, as a salt does; "
                    "this model knows single molecules: send the one you mean",
                )
            return self.vocabulary.encode(canonical, self.vae.config.max_tokens)
        except MoleculeError as error:
            return Refusal.from_error(error)
        except VocabularyError as error:
            return Refusal(error.code, str(error))
        except TokenizationError as error:
            return Refusal("unknown_token", str(error))

    @torch.no_grad()  # autograd refuses inference tensors, and these go to surrogates
    def _posterior(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.vae.encoder(tokens.to(self.device))
        return mean.cpu(), log_variance.cpu()

    def _decode_batch(
        self, latents: Tensor, temperature: float, generator: torch.Generator | None
    ) -> list[Decoded]:
        tokens, log_likelihood = decode(
            self.vae.decoder,
            latents.to(self.device),
            self.vae.config.max_tokens + 1,  # one more for EOS
            temperature=temperature,
            generator=generator,
        )
        raw = [self.vocabulary.decode(row) for row in tokens.tolist()]
        return [
            Decoded(_canonical_or_none(line), line, value)
            for line, value in zip(raw, log_likelihood.tolist(), strict=True)
        ]


def _canonical_or_none(raw: str) -> str | None:
    try:
        return canonical_smiles(raw)
    except MoleculeError:
        return None
