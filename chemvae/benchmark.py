"""How fast molecules are decoded and encoded, beside a sampler of MOSES' published shape."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn

from chemvae.bulk import Workers
from chemvae.codec import MoleculeCodec
from chemvae.decoding import MaskState, Sampling, StepDecoder, TokenMask, decode
from chemvae.decoding.attempts import read
from chemvae.decoding.automaton import SmilesAutomaton
from chemvae.decoding.step import StepState


class MosesShaped(nn.Module):
    """The sampler of the MOSES VAE, in shape alone: its weights are random.

    Three GRU layers of 512 units, 128 latent dimensions concatenated to every one-hot token, 30
    tokens, batches of 512, float32; softmax and a multinomial draw at each of 99 steps, whether a
    molecule has ended or not (Polykovskiy et al. 2020, doi:10.3389/fphar.2020.565644).
    """

    BATCH, STEPS, TOKENS, LATENT = 512, 99, 30, 128

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(self.TOKENS, self.TOKENS)
        self.initial = nn.Linear(self.LATENT, 512)
        self.gru = nn.GRU(self.TOKENS + self.LATENT, 512, num_layers=3, batch_first=True)
        self.output = nn.Linear(512, self.TOKENS)

    @torch.inference_mode()
    def sample(self, generator: torch.Generator) -> Tensor:
        """One batch of token sequences, `b x t`."""
        device = generator.device
        latents = torch.randn(self.BATCH, self.LATENT, generator=generator, device=device)
        state = self.initial(latents).unsqueeze(0).repeat(3, 1, 1)
        token = torch.zeros(self.BATCH, dtype=torch.long, device=device)
        tokens = []
        for _ in range(self.STEPS):
            inputs = torch.cat([self.embedding(token), latents], dim=-1).unsqueeze(1)
            outputs, state = self.gru(inputs, state)
            weights = torch.softmax(self.output(outputs).squeeze(1), dim=-1)
            token = torch.multinomial(weights, 1, generator=generator).squeeze(1)
            tokens.append(token)
        return torch.stack(tokens, dim=1)


@dataclass(frozen=True)
class Rate:
    """Some work and the time it took."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        """How many a second."""
        return self.count / self.seconds


def moses_rate(batches: int = 1) -> Rate:
    """Strings of `MosesShaped`, after a batch that is not counted, on all of torch's threads.

    Our workers are warm when they are measured (`warm_up`), so the yardstick is too.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        sampler = MosesShaped()
    generator = torch.Generator().manual_seed(0)
    sampler.sample(generator)
    start = time.perf_counter()
    for _ in range(batches):
        sampler.sample(generator)
    return Rate(batches * MosesShaped.BATCH, time.perf_counter() - start)


def sampling_rate(workers: Workers, chunks: int, seed: int) -> Rate:
    """Valid molecules of constrained decodes of prior samples, canonical, from warm workers."""
    start = time.perf_counter()
    stream = workers.sample(seed)
    valid = sum(smiles is not None for chunk in islice(stream, chunks) for smiles in chunk)
    seconds = time.perf_counter() - start
    stream.close()
    return Rate(valid, seconds)


def bulk_growth(workers: Workers, ends: list[int], seed: int) -> list[Rate]:
    """The same by stretches of one stream, valid or not: until it is `ends[0]` long, `ends[1]`, ...

    Each stretch ends with the chunk that holds its last string.
    """
    rates = []
    done, start = 0, time.perf_counter()
    stream = workers.sample(seed)
    for end in ends:
        strings = sum(map(len, islice(stream, max(0, -(-(end - done) // workers.chunk)))))
        rates.append(Rate(strings, time.perf_counter() - start))
        done, start = done + strings, time.perf_counter()
    stream.close()
    return rates


def encoding_rate(workers: Workers, smiles: list[str]) -> Rate:
    """Molecules read, made canonical and encoded by warm workers."""
    start = time.perf_counter()
    return Rate(sum(1 for _ in workers.encode(smiles)), time.perf_counter() - start)


def growth(codec: MoleculeCodec, counts: list[int], seed: int) -> list[Rate]:
    """Greedy constrained decodes of `counts` prior samples, in this process."""
    rates = []
    for count in counts:
        latents = codec.sample_prior(count, torch.Generator().manual_seed(seed))
        start = time.perf_counter()
        codec.decode(latents, max_attempts=1)
        rates.append(Rate(count, time.perf_counter() - start))
    return rates


def split(codec: MoleculeCodec, count: int, seed: int) -> dict[str, float]:
    """CPU seconds a molecule of each part of a constrained decode on one core."""
    clock = Clock()
    step = _TimedStep(codec, clock)
    mask = _TimedMask(SmilesAutomaton(codec.vocabulary, codec.vae.config.max_tokens), clock)
    latents = codec.sample_prior(count, torch.Generator().manual_seed(seed))
    limit = codec.vae.config.max_tokens + 1
    generator = torch.Generator().manual_seed(seed)
    with _one_thread(), torch.inference_mode():
        told = codec.vae.condition(latents)
        with clock("all steps"):
            tokens = decode(
                step, told, limit, strategy=Sampling(), mask=mask, generator=generator
            ).tokens
        lines = codec.vocabulary.decode_rows(tokens)
        read.cache_clear()
        with clock("RDKit"):
            for line in lines:
                read(line)
    seconds = clock.seconds
    seconds["choosing and the rest"] = seconds.pop("all steps") - seconds["GRU"] - seconds["mask"]
    return {name: value / count for name, value in seconds.items()}


class Clock:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add what happens inside to `name`."""
        start = time.process_time()
        yield
        self.seconds[name] += time.process_time() - start


class _TimedStep(StepDecoder):
    def __init__(self, codec: MoleculeCodec, clock: Clock) -> None:
        super().__init__(codec.vae.decoder, codec.precision)
        self._clock = clock

    def __call__(self, tokens: Tensor, state: StepState) -> Tensor:
        with self._clock("GRU"):
            return super().__call__(tokens, state)


class _TimedMask:
    def __init__(self, mask: TokenMask, clock: Clock) -> None:
        self._mask, self._clock = mask, clock

    def start(self, rows: int, device: torch.device) -> MaskState:
        return _TimedState(self._mask.start(rows, device), self._clock)


class _TimedState:
    def __init__(self, state: MaskState, clock: Clock) -> None:
        self._state, self._clock = state, clock

    def allowed(self) -> Tensor:
        with self._clock("mask"):
            return self._state.allowed()

    def advance(self, tokens: Tensor) -> None:
        with self._clock("mask"):
            self._state.advance(tokens)

    def select(self, rows: Tensor) -> None:
        with self._clock("mask"):
            self._state.select(rows)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def warm_up(workers: Workers) -> None:
    """Let every process load its model and see a chunk of work."""
    list(islice(workers.sample(0), 2 * workers.processes))
