import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from chemvae.codec import DECODE_BATCH, SHARED_ROWS, Encoding
from chemvae.errors import ConfigError, ShapeError
from chemvae.tokens import tokenize
from data.errors import Refusal
from data.molecules import canonical_smiles
from tests.chemvae.conftest import MOLECULES


def test_a_tiny_model_learns_sixteen_molecules_by_heart(codec):
    means = torch.stack([encoding.mean for encoding in codec.encode(MOLECULES)])
    assert [decoded.smiles for decoded in codec.decode(means)] == list(MOLECULES)


def test_encoding_ignores_how_a_molecule_is_written(codec):
    one, other = codec.encode(["c1ccc2[nH]ccc2c1", "[nH]1ccc2ccccc12"])
    assert torch.equal(one.mean, other.mean)


def test_encoding_does_not_depend_on_its_batch(codec):
    together = codec.encode(MOLECULES)
    for line, encoding in zip(MOLECULES, together, strict=True):
        torch.testing.assert_close(codec.encode([line])[0].mean, encoding.mean)


def test_a_bad_molecule_fails_alone_with_its_reason(codec):
    results = codec.encode(["C1CC", MOLECULES[0], "C[Se]C", "C" * 60, "", "CC(=O)O.NC"])
    assert isinstance(results[1], Encoding)
    refusals = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refusals] == [
        "syntax",
        "unknown_token",
        "too_many_tokens",
        "empty",
        "several_fragments",
    ]
    assert "[Se]" in refusals[1].message


def test_decoding_says_what_is_no_molecule(codec):
    far = 8.0 * torch.randn(200, codec.latent_dim, generator=torch.Generator().manual_seed(0))
    decoded = codec.decode(far, constrained=False)
    valid = [item.smiles for item in decoded if item.smiles is not None]
    assert valid == [canonical_smiles(smiles) for smiles in valid]
    assert any(item.smiles is None and item.raw for item in decoded)


@pytest.mark.parametrize(
    ("latents", "message"),
    [
        (torch.zeros(2, 3), r"\(2, 3\); expected \(n, 8\)"),
        (torch.zeros(8), "expected"),
        (torch.full((1, 8), float("nan")), "NaN"),
    ],
)
def test_latents_of_the_wrong_shape_are_refused(codec, latents, message):
    with pytest.raises(ShapeError, match=message):
        codec.decode(latents)


@pytest.mark.parametrize("temperature", [0.0, 1e-40, 1.0])
@pytest.mark.parametrize(
    "latents", [torch.tensor([3.0e38, -3.0e38] * 4), torch.full((8,), 1e300, dtype=torch.float64)]
)
def test_any_finite_latent_has_a_likelihood(codec, latents, temperature):
    generator = torch.Generator().manual_seed(0)
    [decoded] = codec.decode(latents[None], temperature=temperature, generator=generator)
    assert math.isfinite(decoded.log_likelihood)


@pytest.mark.parametrize(
    ("temperature", "message"),
    [(-1.0, "temperature is -1.0"), (math.nan, "temperature is nan"), (1.0, "give a generator")],
)
def test_a_temperature_that_cannot_be_sampled_at_is_named(codec, temperature, message):
    with pytest.raises(ConfigError, match=message):
        codec.decode(torch.zeros(1, codec.latent_dim), temperature=temperature)


def test_settings_outside_their_range_are_named(codec):
    latents = torch.zeros(1, codec.latent_dim)
    with pytest.raises(ConfigError, match="beam width is 0"):
        codec.beam(latents, 0)
    with pytest.raises(ConfigError, match="max_attempts is 0"):
        codec.decode(latents, max_attempts=0)
    with pytest.raises(ConfigError, match="2 generators for 1 latents"):
        codec.decode(latents, temperature=1.0, generator=[_seeded(0), _seeded(1)])
    with pytest.raises(ConfigError, match="told no labels, so not logp"):
        codec.decode(latents, labels={"logp": 2.5})


def _far(codec, count=200):
    return 4.0 * torch.randn(count, codec.latent_dim, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_constrained_decode_is_a_molecule_more_often(codec, temperature):
    valid = {}
    for constrained, attempts in ((False, 16), (True, 1), (True, 16)):
        decoded = codec.decode(
            _far(codec),
            temperature=temperature,
            generator=torch.Generator().manual_seed(1),
            constrained=constrained,
            max_attempts=attempts,
        )
        assert max(item.attempts for item in decoded) <= attempts
        valid[constrained, attempts] = sum(item.smiles is not None for item in decoded)
    assert valid[False, 16] < valid[True, 1] < valid[True, 16]


def test_attempts_are_counted_and_only_the_last_counts(codec):
    decoded = codec.decode(_far(codec))
    again = [item for item in decoded if item.attempts > 1]
    assert again
    first = codec.decode(_far(codec), max_attempts=1)
    for one, item in zip(first, decoded, strict=True):
        assert (item.attempts == 1) == (one.smiles is not None and not one.cut)
        if item.attempts == 1:
            assert item == one
        if item.smiles is not None:
            assert canonical_smiles(item.raw) == item.smiles


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_what_the_limit_ended_is_decoded_again(codec, temperature):
    longest = codec.vae.config.max_tokens

    def decoded(attempts):
        generator = torch.Generator().manual_seed(1)
        return codec.decode(
            _far(codec), temperature=temperature, generator=generator, max_attempts=attempts
        )

    once, again = decoded(1), decoded(16)
    assert [item.cut for item in once] == [len(tokenize(item.raw)) >= longest for item in once]
    assert sum(item.cut for item in again) < sum(item.cut for item in once) / 4
    # A molecule is never given up for a string that is none.
    lost = [one for one, item in zip(once, again, strict=True) if one.smiles and not item.smiles]
    assert lost == []


def test_a_greedy_decode_that_is_decoded_again_depends_on_its_latent_alone(codec):
    latents = _far(codec)
    together = codec.decode(latents)
    rows = [i for i, item in enumerate(together) if item.attempts > 1]
    assert rows
    for row in rows[:8]:
        [alone] = codec.decode(latents[row : row + 1])
        assert (alone.raw, alone.attempts) == (together[row].raw, together[row].attempts)


def test_a_beam_begins_with_the_likeliest_string(codec):
    latents = torch.stack([encoding.mean for encoding in codec.encode(MOLECULES)])
    beams = codec.beam(latents, 4)
    assert [beam[0].smiles for beam in beams] == list(MOLECULES)
    assert all(len({item.raw for item in beam}) == len(beam) == 4 for beam in beams)


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_a_coarser_decoder_still_knows_its_molecules(codec, precision):
    means = torch.stack([encoding.mean for encoding in codec.encode(MOLECULES)])
    coarse = codec.at(precision)
    assert coarse.fingerprint == codec.fingerprint
    assert [decoded.smiles for decoded in coarse.decode(means)] == list(MOLECULES)
    exact = [item.log_likelihood for item in codec.decode(means)]
    assert [item.log_likelihood for item in coarse.decode(means)] != exact


def test_a_model_of_encodings_can_be_trained(codec):
    mean = codec.encode(MOLECULES[:1])[0].mean
    weight = torch.ones(codec.latent_dim, requires_grad=True)
    (weight * mean).sum().backward()
    assert torch.equal(weight.grad, mean)


def test_threads_that_share_a_codec_get_their_own_answers(codec):
    latents = codec.sample_prior(64, torch.Generator().manual_seed(0))
    alone = [[item.raw for item in codec.decode(part)] for part in latents.split(8)]
    with ThreadPoolExecutor(4) as pool:
        together = pool.map(codec.decode, latents.split(8))
    assert [[item.raw for item in part] for part in together] == alone


def test_no_molecules_give_no_results(codec):
    assert codec.encode([]) == []
    assert codec.decode(torch.zeros(0, codec.latent_dim)) == []


def test_the_generator_decides_the_samples(codec):
    latents = codec.sample_prior(20, torch.Generator().manual_seed(0))
    first, again, other = (
        [
            item.raw
            for item in codec.decode(
                latents, temperature=1.5, generator=torch.Generator().manual_seed(seed)
            )
        ]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.usefixtures("threads")
def test_calls_in_one_batch_decode_as_they_would_alone(codec, monkeypatch):
    monkeypatch.setitem(DECODE_BATCH, "cpu", 256)  # shorter than the longest call
    sizes = (1, 3, DECODE_BATCH["cpu"] + 5, 2)
    latents = [3 * torch.randn(n, 8, generator=_seeded(n)) for n in sizes]
    alone = [
        codec.decode(rows, temperature=1.0, generator=_seeded(i)) for i, rows in enumerate(latents)
    ]
    for calls in ((0, 1, 3), (0, 1, 2, 3)):
        generators = [(_seeded(i), sizes[i]) for i in calls]
        together = codec.decode(
            torch.cat([latents[i] for i in calls]),
            temperature=1.0,
            generator=[generator for generator, n in generators for _ in range(n)],
        )
        assert together == [item for i in calls for item in alone[i]]
    assert any(item.attempts > 1 for items in alone for item in items)


def test_only_exact_batches_are_shared(codec):
    assert codec.shared_rows == SHARED_ROWS
    assert codec.at("bfloat16").shared_rows == 0


def _seeded(seed):
    return torch.Generator().manual_seed(seed)
