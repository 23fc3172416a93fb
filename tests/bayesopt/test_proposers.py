from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bayesopt.constraints import Substructure
from bayesopt.objectives import Objective, Scalarization
from bayesopt.pareto import hypervolumes
from bayesopt.proposers import PROPOSERS, auto, elsewhere, genetic
from bayesopt.proposers.proposal import Problem
from bayesopt.proposers.screening import screen
from bayesopt.surrogates.feasibility import success_feasibility
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_space import MoleculeSpace
from bayesopt.trial import INVALID_DECODE, Observation, Trial, TrialStatus
from data.filters import matches
from data.molecules import inchi_key, parse
from data.properties import PROPERTIES
from tests.bayesopt.test_elsewhere import BROMIDES, within
from tests.contracts.proposer import LOGP, SOME, problem
from tests.toys import ToyDecoded, ToyEncoding, ToyLatentModel, library

TWO = (Objective("logp"), Objective("tpsa"))


def observed(name, smiles):
    return Observation(PROPERTIES[name].compute(parse(smiles)), "computed")


def propose(method, posed, num=6, seed=0):
    return PROPOSERS[method](posed, num, torch.Generator().manual_seed(seed))


def test_predictions_are_in_units_of_the_utility(toy):
    posed = problem(toy)
    for draft in propose("auto", posed).chosen:
        assert min(posed.utilities) - 1 < draft.prediction.mean < max(posed.utilities) + 1
        assert 0 < draft.prediction.sd < 2
        assert 0 <= draft.prediction.acquisition < 2


def test_candidates_keep_most_of_the_best_molecule_s_latent(monkeypatch):
    monkeypatch.setattr(auto, "PRIOR_SHARE", 10**6)  # the region alone
    monkeypatch.setattr(auto, "BRED_SHARE", 10**6)
    posed = problem(ToyLatentModel(latent_dim=64, max_distance=9.0))
    best = max(posed.trials, key=lambda trial: trial.values["logp"].value)
    chosen = propose("auto", posed).chosen
    found = [draft.latent_asked for draft in chosen if draft.method == "trust_region"]
    unmoved = (torch.tensor(found) - torch.tensor(best.latent)).abs() < 1e-5
    assert unmoved.float().mean() > 0.5


def test_molecules_from_elsewhere_can_win_the_batch():
    chosen = propose("auto", problem(ToyLatentModel(latent_dim=64, max_distance=9.0))).chosen
    assert "prior" in {draft.method for draft in chosen}
    assert all(draft.prediction is not None for draft in chosen)


def stalled(toy, num_batches, smiles=SOME):
    """The best molecules came first, then batches of the worst."""
    posed = problem(toy, smiles=smiles)
    order = sorted(
        zip(posed.trials, posed.utilities, strict=True), key=lambda pair: pair[1], reverse=True
    )
    first = len(order) - num_batches
    trials = [
        replace(trial, number=n, iteration=max(0, n - first + 1))
        for n, (trial, _) in enumerate(order)
    ]
    return Problem(toy, (), tuple(trials), LOGP)


def test_a_search_that_stalls_looks_elsewhere_in_a_growing_part_of_its_batch(toy):
    def explored(num_batches):
        chosen = propose("auto", stalled(toy, num_batches), num=10).chosen
        assert len(chosen) == 10
        assert len({draft.inchi_key for draft in chosen}) == 10
        found = [draft for draft in chosen if "brought nothing better" in draft.why]
        assert {draft.method for draft in found} <= {"prior"}
        return len(found)

    assert explored(auto.PATIENCE) == 0
    assert explored(auto.PATIENCE + 2) == 2
    assert explored(auto.PATIENCE + 5) == 5


def test_of_a_batch_of_one_a_stalled_search_sends_some_elsewhere(toy):
    posed = stalled(toy, auto.PATIENCE + 5)
    found = [propose("auto", posed, num=1, seed=seed).chosen for seed in range(12)]
    assert {len(chosen) for chosen in found} == {1}
    assert 0 < sum("brought nothing better" in chosen[0].why for chosen in found) < 12


def test_a_search_that_stalls_within_constraints_goes_on_in_the_niche(toy):
    """No sample of the prior meets them: neither a stalled nor a restarted search gives up."""
    chosen = propose("auto", within(stalled(toy, auto.PATIENCE + 5)), num=10).chosen
    found = [draft for draft in chosen if "brought nothing better" in draft.why]
    assert [draft.method for draft in found] == ["genetic"] * 5

    collapsed = within(stalled(toy, 28, library()[:30]))
    assert auto.replay(collapsed.trials, collapsed.utilities).best is None
    founding = propose("auto", collapsed).chosen
    assert [(d.method, d.prediction) for d in founding] == [("genetic", None)] * 6


def test_a_search_that_begins_anew_leaves_what_it_had(toy, monkeypatch):
    parents = []

    def breed(problem, ranked, *rest):
        parents.append(list(ranked))
        return genetic.breed(problem, ranked, *rest)

    monkeypatch.setattr(auto, "breed", breed)
    monkeypatch.setattr(elsewhere, "breed", breed)
    collapsed = within(stalled(toy, 28, library()[:30]))
    propose("auto", collapsed)
    assert parents == [elsewhere.beginning(collapsed)]
    assert set(BROMIDES) < set(parents[0])

    latent = collapsed.trials[0].latent
    told = collapsed.trials[-1]
    founded = replace(told, number=99, iteration=29, smiles="BrCCCCO", latent=latent)
    parents.clear()
    propose("auto", replace(collapsed, trials=(*collapsed.trials, founded)))
    assert parents[0] == ["BrCCCCO"]


def test_the_batch_is_conditioned_on_open_trials(toy):
    """With where the open molecules lie, something else is to expect than with only their names."""
    posed = problem(toy)
    first = propose("auto", posed).chosen

    def after(latents):
        pending = tuple(
            Trial(10 + i, 1, TrialStatus.PENDING, d.method, d.smiles, d.inchi_key, latent=latent)
            for i, (d, latent) in enumerate(zip(first, latents, strict=True))
        )
        again = propose("auto", Problem(toy, (), posed.trials + pending, LOGP))
        return {draft.smiles: draft.prediction for draft in again.chosen}

    placed, unplaced = after([d.latent for d in first]), after([None] * len(first))
    assert not {d.smiles for d in first} & {*placed, *unplaced}
    both = placed.keys() & unplaced.keys()
    assert both
    for smiles in both:
        assert placed[smiles].mean == pytest.approx(unplaced[smiles].mean)
        assert placed[smiles].acquisition != unplaced[smiles].acquisition


def test_a_used_up_region_is_left_for_wider_ones(toy, monkeypatch):
    """Everything within reach of the centre is known already; new molecules are still found."""
    monkeypatch.setattr(auto, "PRIOR_SHARE", 10**6)  # the region alone
    monkeypatch.setattr(auto, "BRED_SHARE", 10**6)
    near = sorted(
        library(),
        key=lambda s: (toy.encode([s])[0].mean - toy.encode([library()[0]])[0].mean).norm(),
    )[:60]
    chosen = propose("auto", problem(toy, smiles=near), num=4).chosen
    assert len(chosen) == 4
    assert "prior" not in {draft.method for draft in chosen}


class ScriptedModel:
    """Decodes the first coordinate as an index into a script; cannot encode bromine."""

    latent_dim = 1
    fingerprint = "scripted"

    def __init__(self, script, toy):
        self.script = script
        self.toy = toy

    def decode(self, latents, *, temperature=0.0, generator=None, constrained=True):
        texts = [self.script[int(index)] for index in latents[:, 0]]
        return [ToyDecoded(None if "(" in t else t, t, -1.0) for t in texts]

    def encode(self, smiles):
        return [
            ToyEncoding(e.mean[:1], e.log_variance[:1]) if isinstance(e, ToyEncoding) else e
            for e in self.toy.encode(smiles)
        ]

    def sample_prior(self, n, generator):
        return torch.randint(len(self.script), (n, 1), generator=generator).float()


def test_screening_gives_every_latent_its_fate(toy):
    model = ScriptedModel(["CCO", "CC(", "CCO", "CCN", "CCBr", "CCC"], toy)
    posed = Problem(model, (Substructure("[F]", required=False),), (), LOGP)
    known = {inchi_key(parse("CCC"))}
    latents = torch.arange(6.0).unsqueeze(1)
    found = screen(latents, posed, "prior", known)
    assert [draft.smiles for draft in found.kept] == ["CCO", "CCN"]
    assert [draft.reason for draft in found.refused] == [
        f"{INVALID_DECODE}: CC(",
        "not encodable: CCBr",
    ]
    assert found.num_repeats == 2
    assert found.kept[1].latent_asked == (3.0,)


def test_attempts_at_the_prior_do_not_repeat_each_other(toy):
    model = ScriptedModel(["CCO", "CCN", "CCC", "CC(", "CC("], toy)
    proposal = propose("random", Problem(model, (), (), LOGP), num=5)
    assert sorted(draft.smiles for draft in proposal.chosen) == ["CCC", "CCN", "CCO"]


def test_a_front_is_pushed_out_on_both_sides(toy):
    """Neither objective alone explains what is picked: both of its ends are looked for."""
    posed = problem(toy)
    trials = tuple(
        replace(t, values={**t.values, "tpsa": observed("tpsa", t.smiles)}) for t in posed.trials
    )
    by = {m: Scalarization.fit(TWO, trials, m) for m in ("weighted", "pareto")}
    found = {
        method: [
            (observed("logp", d.smiles).value, observed("tpsa", d.smiles).value)
            for d in propose("auto", Problem(toy, (), trials, scalarization)).chosen
        ]
        for method, scalarization in by.items()
    }
    assert found["pareto"] != found["weighted"]
    before = hypervolumes(trials, TWO)[-1]
    after = [
        replace(trials[0], values={"logp": Observation(a, "x"), "tpsa": Observation(b, "x")})
        for a, b in found["pareto"]
    ]
    assert hypervolumes([*trials, *after], TWO)[-1] > before


def test_partial_values_and_molecules_without_a_latent_inform(toy):
    """What only the fingerprints' or one objective's model can use changes the choice."""
    posed = problem(toy)
    bromide = Trial(
        len(posed.trials), 0, TrialStatus.EVALUATED, "told", "CCCCCCBr", "key",
        values={"logp": Observation(9.0, "measured")},
    )  # fmt: skip
    told = replace(posed, trials=(*posed.trials, bromide))
    assert propose("auto", told).chosen != propose("auto", posed).chosen


def test_failed_syntheses_are_avoided(toy):
    """Acids are wanted and none can be made: after some failures others are suggested."""
    acids = [text for text in library() if matches(parse(text), "C(=O)[OH]")]
    others = [text for text in library() if text not in acids]
    rows = [*acids[:40:4], *others[:40:4]]
    evaluated_ = problem(toy, smiles=rows).trials
    failed = tuple(
        replace(t, status=TrialStatus.ABANDONED, values={}, reason="no route")
        if t.smiles in acids
        else t
        for t in evaluated_
    )
    space = MoleculeSpace(LatentScale.of(toy))

    def rows_of(some):
        return space.rows(some, [tuple(e.mean.tolist()) for e in toy.encode(some)])

    gp = success_feasibility(space, failed, rows_of(rows[:1]))
    chance = gp.posterior(rows_of([*acids[41:81:4], *others[41:81:4]])).mean.squeeze(-1)
    assert chance[:10].mean() < 0 < chance[10:].mean()
    assert success_feasibility(space, evaluated_, rows_of(rows[:1])) is None
