"""`MoleculeCodec`: SMILES strings to latents and back, with validity checked by RDKit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from chemvae import tuning
from chemvae.completion import choose_prefix, prefix_likelihoods, read_fragment
from chemvae.conditioning import conditioned
from chemvae.decoding import Greedy, StepDecoder, Strategy, TokenMask, choose_strategy
from chemvae.decoding.attempts import MAX_ATTEMPTS, Decoded, Decoding
from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.decoding.generate import Randomness
from chemvae.decoding.linear import Precision
from chemvae.encoding import Encoding, StepEncoder, encode
from chemvae.errors import ConfigError
from chemvae.priors import Prior
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.errors import Refusal

__all__ = ["Decoded", "Encoding", "MoleculeCodec"]

DECODE_BATCH = {"cpu": 4096, "cuda": 8192}
"""Rows decoded at a time, by device: enough that launching a step's operations costs little beside
what they compute."""

SHARED_ROWS = 1024
"""Rows of several calls decoded together at most: whoever comes next waits for them."""

JUDGES = 8
"""Prior samples under which the spellings of a scaffold are compared."""


class MoleculeCodec:
    """A trained network, its vocabulary and the prior it is sampled from.

    Args:
        vae: The network, already on its device.
        vocabulary: Its tokens.
        prior: What `sample_prior` draws from.
        fingerprint: sha256 of the weights, recorded with everything the codec makes.
        precision: Of the matrix products. float32 reconstructs as measured on the card;
            `bfloat16` and `int8` are for sampling in bulk.
        mask: What a constrained decode may not say; none: the SMILES automaton of the vocabulary.
    """

    def __init__(
        self,
        vae: SmilesVae,
        vocabulary: Vocabulary,
        prior: Prior,
        fingerprint: str,
        *,
        precision: Precision = "float32",
        mask: TokenMask | None = None,
    ) -> None:
        self.vae, self.vocabulary, self.prior = vae.eval(), vocabulary, prior
        self.fingerprint, self.precision = fingerprint, precision
        self._given_mask = mask

    def at(self, precision: Precision) -> "MoleculeCodec":
        """The same model, computing in another precision."""
        return MoleculeCodec(
            self.vae,
            self.vocabulary,
            self.prior,
            self.fingerprint,
            precision=precision,
            mask=self._given_mask,
        )

    def with_network(self, vae: SmilesVae, fingerprint: str) -> "MoleculeCodec":
        """Another network of the same shape with this one's vocabulary, prior and mask."""
        return MoleculeCodec(
            vae,
            self.vocabulary,
            self.prior,
            fingerprint,
            precision=self.precision,
            mask=self._mask,
        )

    def tuned(self, smiles: Sequence[str], weights: Sequence[float], seed: int) -> "MoleculeCodec":
        """This model with a decoder that has learnt `smiles`: see `chemvae.tuning.tuned`."""
        return tuning.tuned(self, smiles, weights, seed=seed)

    @property
    def latent_dim(self) -> int:
        """`d`."""
        return self.vae.config.latent_dim

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self.vae.encoder.posterior.weight.device

    @property
    def shared_rows(self) -> int:
        """Rows of several calls that may share a batch, as none changes a bit of another; 0: none.

        On a GPU, and in a flow posterior, which is left to torch, the last bit may change.
        """
        ours = self.vae.config.posterior == "gaussian"
        exact = ours and self.device.type == "cpu" and self.precision == "float32"
        return SHARED_ROWS if exact else 0

    def encode(self, smiles: Sequence[str]) -> list[Encoding | Refusal]:
        """The posterior of each molecule's canonical SMILES, or why it has none.

        Refusals carry the codes of `data.molecules.parse`, `several_fragments`, `unknown_token` or
        `too_many_tokens`.
        """
        return encode(self._encoder, self.vocabulary, self.vae.config.max_tokens, smiles)

    def decode(
        self,
        latents: Tensor,
        *,
        temperature: float = 0.0,
        generator: Randomness | None = None,
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
        labels: Mapping[str, float] | None = None,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> list[Decoded]:
        """One decode of each latent; what parses comes back canonical.

        A constrained decode that is still no molecule, or that the limit alone ended, is decoded
        again: a sampled one is sampled again, a greedy one takes the likeliest molecule of a small
        beam, then a sample whose random numbers are always the same, so that it depends on its
        latent alone.

        Args:
            latents: `n x d`.
            temperature: 0 is greedy.
            generator: Needed above temperature 0; one for all latents, or one for each, so that
                several calls become one and every latent decodes as it would in its own.
            constrained: Whether tokens after which no valid molecule can follow are masked.
            top_k: Sample among the `k` likeliest tokens alone.
            top_p: Sample among the fewest tokens whose probabilities add up to `p`.
            labels: What a label-conditional decoder is told, in the labels' units.
            max_attempts: Strings decoded at most for one result of a constrained decode.

        Raises:
            ShapeError: The latents are not `n x d`, or not finite.
            ConfigError: A setting outside its range, a temperature above 0 without a generator,
                generators that are not one for each latent, or a label the decoder does not know
                or that is not finite.
        """
        if max_attempts < 1:
            raise ConfigError(f"max_attempts is {max_attempts}; use at least 1")
        if isinstance(generator, Sequence) and len(generator) != len(latents):
            raise ConfigError(
                f"{len(generator)} generators for {len(latents)} latents; give one for each, or one"
            )
        way = self._way(_strategy(temperature, top_k, top_p, generator), constrained, generator)
        told = conditioned(self.vae, latents, labels)
        return replace(way, max_attempts=max_attempts)(told)

    def beam(
        self,
        latents: Tensor,
        width: int,
        *,
        constrained: bool = True,
        labels: Mapping[str, float] | None = None,
    ) -> list[list[Decoded]]:
        """The `width` likeliest strings of each of `n x d` latents, best first (beam search).

        Raises:
            ShapeError: The latents are not `n x d`, or not finite.
            ConfigError: A width below 1, or labels as in `decode`.
        """
        if width < 1:
            raise ConfigError(f"beam width is {width}; use at least 1")
        told = conditioned(self.vae, latents, labels)
        return self._way(Greedy(), constrained).beams(told, width)

    def complete(
        self,
        fragment: str,
        latents: Tensor,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        constrained: bool = True,
        top_k: int | None = None,
        top_p: float | None = None,
        labels: Mapping[str, float] | None = None,
    ) -> list[Decoded]:
        """One molecule for each latent that continues `fragment`.

        A fragment with a `*` is a scaffold and the `*` its open end: every molecule contains the
        scaffold, with something bound there. Any other is the beginning of a SMILES string.

        Args:
            fragment: A SMILES prefix, or a scaffold.
            latents: `n x d`: where in the latent space to continue.
            temperature: 0 is greedy.
            generator: Needed above temperature 0.
            constrained: As in `decode`.
            top_k: As in `decode`.
            top_p: As in `decode`.
            labels: As in `decode`.

        Raises:
            CompletionError: A fragment that no molecule of this model continues.
            data.errors.MoleculeError: A scaffold that RDKit cannot read.
            ShapeError, ConfigError: As `decode`.
        """
        strategy = _strategy(temperature, top_k, top_p, generator)
        wanted = read_fragment(fragment)
        way = self._way(strategy, constrained, generator)

        def score(prefixes: Sequence[Sequence[int]]) -> list[float]:
            judges = self.sample_prior(JUDGES, torch.Generator().manual_seed(0))
            told = conditioned(self.vae, judges, labels)
            return prefix_likelihoods(self._step, told, prefixes)

        prefix = choose_prefix(wanted, self.vocabulary, way.max_tokens, way.mask, score)
        way = replace(way, prefix=torch.tensor(prefix), open_end=wanted.open_end, read=wanted.read)
        return way(conditioned(self.vae, latents, labels))

    def sample_prior(self, n: int, generator: torch.Generator) -> Tensor:
        """`n x d` latents from the served prior."""
        return self.prior.sample(n, generator)

    @property
    def properties(self) -> tuple[str, ...]:
        """What `predict` predicts; empty where the network has no heads."""
        return () if self.vae.heads is None else self.vae.heads.names

    def predict(self, latents: Tensor) -> Tensor:
        """`n x d` latents to `n x p` of `properties` in their units, on the CPU; differentiable."""
        if self.vae.heads is None:
            return latents.new_empty(len(latents), 0)
        return self.vae.heads.predict(latents.to(self.device)).cpu()

    @property
    def conditions(self) -> tuple[str, ...]:
        """The labels that `decode` can tell the decoder; empty where it is told none."""
        return self.vae.config.conditions

    @cached_property
    def _encoder(self) -> StepEncoder:
        return StepEncoder(self.vae, self.precision)

    @cached_property
    def _step(self) -> StepDecoder:
        return StepDecoder(self.vae.decoder, self.precision)

    @cached_property
    def _mask(self) -> TokenMask:
        return self._given_mask or SmilesAutomaton(self.vocabulary, self.vae.config.max_tokens)

    def _way(
        self, strategy: Strategy, constrained: bool, generator: Randomness | None = None
    ) -> Decoding:
        return Decoding(
            self._step,
            self.vocabulary,
            self.vae.config.max_tokens,
            strategy,
            self._mask if constrained else None,
            DECODE_BATCH.get(self.device.type, DECODE_BATCH["cpu"]),
            generator,
        )


def _strategy(
    temperature: float, top_k: int | None, top_p: float | None, generator: Randomness | None
) -> Strategy:
    strategy = choose_strategy(temperature, top_k, top_p)
    if strategy.is_random and generator is None:
        raise ConfigError(f"temperature {temperature} samples tokens: give a generator")
    return strategy
