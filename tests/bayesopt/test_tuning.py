"""Which decoder an ask uses, as a function of the record alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesopt import tuning
from bayesopt.campaign import Campaign
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec
from bayesopt.trial import Observation, Trial, TrialStatus
from bayesopt.tuning import lesson, model_of_ask, rank_weights
from tests.toys import ToyLatentModel, library

SPEC = CampaignSpec(
    (Objective("logp"),),
    num_initial_samples=6,
    batch_size=4,
    seed=3,
    max_evaluations=22,
    fine_tune_every=8,
)
MEASURED = tuple(
    Objective(name, source="measured", direction="maximize") for name in ("yield", "rate")
)


def evaluated(number, *values, names=("logp",), **changes):
    seen = {name: Observation(value, "x") for name, value in zip(names, values, strict=True)}
    return replace(
        Trial(
            number,
            0,
            TrialStatus.EVALUATED,
            "prior",
            library()[number],
            f"key{number}",
            latent=(float(number),),
            values=seen,
        ),
        **changes,
    )


def record(num):
    return [evaluated(i, float(-i)) for i in range(num)]


def run(campaign, stop=100):
    while len(campaign.trials) < stop and not (campaign.finished or campaign.exhausted):
        campaign.ask()
        campaign.evaluate()
    return campaign


@pytest.fixture(scope="module")
def finished():
    tuning._tuned.cache_clear()
    return run(Campaign(SPEC, ToyLatentModel()))


utilities = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30)


@given(utilities)
def test_weights_fall_with_the_rank_and_equals_weigh_the_same(values):
    weights = rank_weights(values)
    for one, weight in zip(values, weights, strict=True):
        for other, its in zip(values, weights, strict=True):
            assert (weight > its) == (one > other)
    assert min(weights) > 0


@given(st.permutations(range(8)))
def test_weights_know_no_order(order):
    values = [3.0, 3.0, 1.0, 0.0, -2.0, 7.0, 7.0, 7.0]
    weights = rank_weights(values)
    assert rank_weights([values[i] for i in order]) == [weights[i] for i in order]


def test_the_best_weighs_eleven_times_the_last_of_many():
    best, *_, last = rank_weights([float(-i) for i in range(1000)])
    assert best / last == pytest.approx(11, rel=0.01)


@pytest.mark.parametrize(("evaluated_", "learnt"), [(0, 0), (7, 0), (8, 8), (15, 8), (16, 16)])
def test_whole_multiples_of_the_setting_are_learnt(evaluated_, learnt):
    found = lesson(SPEC, record(evaluated_))
    assert (found.smiles if found else ()) == library()[:learnt]


def test_without_the_setting_nothing_is_learnt():
    assert lesson(replace(SPEC, fine_tune_every=None), record(20)) is None


@pytest.mark.parametrize(
    "nothing",
    [
        {"status": TrialStatus.PENDING, "values": {}},
        {"status": TrialStatus.PARTIAL},
        {"status": TrialStatus.ABANDONED, "reason": "no route"},
        {"reason": "a constraint is broken"},
        {"latent": None},
    ],
)
def test_what_has_no_place_or_no_value_is_passed_over(nothing):
    trials = record(17)
    trials[2] = evaluated(2, 9.0, **nothing)
    assert lesson(SPEC, trials).smiles == (*library()[:2], *library()[3:17])
    assert lesson(SPEC, trials[:8]) is None


def test_a_corrected_value_is_another_lesson_and_taking_it_back_the_first_again():
    trials = record(8)
    first = lesson(SPEC, trials)
    corrected = [*trials[:7], evaluated(7, 100.0)]
    assert lesson(SPEC, corrected).weights != first.weights
    assert lesson(SPEC, [*corrected[:7], evaluated(7, -7.0)]) == first


def test_values_told_later_change_no_rank_among_the_earlier():
    """Though they stretch the range that weighs one objective against the other."""
    spec = replace(SPEC, objectives=MEASURED)
    names = ("yield", "rate")
    trials = [evaluated(i, float(i), float((5 * i) % 8), names=names) for i in range(8)]
    later = evaluated(8, 1000.0, 0.0, names=names)
    assert lesson(spec, [*trials, later]) == lesson(spec, trials)


def test_seeds_follow_the_campaign_and_the_size_of_the_lesson():
    seeds = {
        lesson(replace(SPEC, seed=seed), record(num)).seed for seed in (0, 1) for num in (8, 16)
    }
    assert len(seeds) == 4


def test_an_ask_tunes_once_and_its_trials_say_with_what(finished):
    fingerprints = list(dict.fromkeys(trial.model_hash for trial in finished.trials))
    own = ToyLatentModel().fingerprint
    assert fingerprints[0] == own
    assert len(fingerprints) == 3  # 6, 10, 14 and 18 were evaluated, so 0, 8, 8 and 16 were learnt
    assert own not in fingerprints[1:]


def test_a_tuned_decoder_finds_other_molecules():
    # Without a surrogate, which would look for the same molecules whatever the decoder gives.
    spec = replace(SPEC, method="random")
    plain, tuned = (
        run(Campaign(replace(spec, fine_tune_every=every), ToyLatentModel())) for every in (None, 8)
    )
    same = [t.smiles for t in plain.trials if t.iteration < 2 and t.smiles]
    mine = [t.smiles for t in tuned.trials if t.iteration < 2 and t.smiles]
    assert mine == same
    assert {t.smiles for t in plain.trials} != {t.smiles for t in tuned.trials}


@pytest.mark.parametrize("stop", [1, 7, 11, 15, 20])
def test_a_campaign_killed_and_resumed_in_another_process_gives_the_same_trials(finished, stop):
    half = run(Campaign(SPEC, ToyLatentModel()), stop)
    stored = json.loads(json.dumps(half.to_dict()))
    tuning._tuned.cache_clear()
    assert run(Campaign.from_dict(stored, ToyLatentModel())).trials == finished.trials


def test_the_same_lesson_is_learnt_once_by_a_process(monkeypatch):
    toy, calls = ToyLatentModel(), []
    monkeypatch.setattr(ToyLatentModel, "tuned", lambda *args: calls.append(args) or toy)
    for trials in (record(8), record(12), record(16), record(9)):
        model_of_ask(toy, SPEC, trials)
    assert len(calls) == 2


def test_what_cannot_be_tuned_is_refused_at_creation(toy):
    class Fixed:
        latent_dim, fingerprint = toy.latent_dim, toy.fingerprint
        encode, decode, sample_prior = toy.encode, toy.decode, toy.sample_prior

    with pytest.raises(SpecError, match="decoder of this model cannot be tuned") as caught:
        Campaign(SPEC, Fixed())
    assert caught.value.pointer == "/fine_tune_every"
    Campaign(replace(SPEC, fine_tune_every=None), Fixed())


def test_a_method_without_a_decoder_is_refused(toy):
    with pytest.raises(SpecError, match="genetic breeds graphs") as caught:
        Campaign(replace(SPEC, method="genetic"), toy)
    assert caught.value.pointer == "/fine_tune_every"


@pytest.mark.parametrize("method", ["random", "cma_es", "gradient"])
def test_other_methods_use_it_too(toy, method):
    campaign = run(Campaign(replace(SPEC, method=method, max_evaluations=12), toy))
    assert len({trial.model_hash for trial in campaign.trials}) == 2


def test_the_setting_has_a_range_and_survives_storage():
    with pytest.raises(SpecError, match="fine_tune_every is 0; it must be at least 1") as caught:
        replace(SPEC, fine_tune_every=0)
    assert caught.value.pointer == "/fine_tune_every"
    assert CampaignSpec.from_dict(SPEC.to_dict()) == SPEC
