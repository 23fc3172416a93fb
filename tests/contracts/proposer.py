"""What every `Proposer` must do. Subclass as `Test...`; give the fixtures `proposer` and `model`.

The model must be a `PropertyModel` with a head for logP, so that every way of choosing can run.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bayesopt.constraints import PropertyWindow, SimilarTo, Substructure
from bayesopt.objectives import Objective, Scalarization
from bayesopt.proposers.proposal import Problem
from bayesopt.trial import CONSTRAINT, INVALID_DECODE, Observation, Trial, TrialStatus
from data.errors import Refusal
from data.molecules import canonical_smiles, inchi_key, parse
from data.properties import PROPERTIES
from tests.toys import library

SOME = library()[:40:4]
LOGP = Scalarization.fit((Objective("logp"),), ())


def evaluated(model, smiles, number):
    (encoding,) = model.encode([smiles])
    return Trial(
        number=number,
        iteration=0,
        status=TrialStatus.EVALUATED,
        method="initial",
        smiles=smiles,
        inchi_key=inchi_key(parse(smiles)),
        latent=tuple(encoding.mean.tolist()),
        values={"logp": Observation(PROPERTIES["logp"].compute(parse(smiles)), "computed")},
    )


def problem(model, constraints=(), smiles=SOME):
    """An evaluated record of logP, to be maximised."""
    trials = tuple(evaluated(model, item, number) for number, item in enumerate(smiles))
    return Problem(model, tuple(constraints), trials, LOGP)


def continued(posed, proposal, iteration=1):
    """`posed` with what was chosen evaluated, and what was refused on record."""
    first = len(posed.trials)
    chosen = [
        Trial(
            first + place,
            iteration,
            TrialStatus.EVALUATED,
            draft.method,
            draft.smiles,
            draft.inchi_key,
            draft.latent_asked,
            draft.latent,
            {"logp": Observation(PROPERTIES["logp"].compute(parse(draft.smiles)), "computed")},
        )
        for place, draft in enumerate(proposal.chosen)
    ]
    refused = [
        Trial(
            first + len(chosen) + place,
            iteration,
            TrialStatus.INFEASIBLE,
            draft.method,
            draft.smiles,
            draft.inchi_key,
            draft.latent_asked,
            draft.latent,
            reason=draft.reason,
        )
        for place, draft in enumerate(proposal.refused)
    ]
    return replace(posed, trials=(*posed.trials, *chosen, *refused))


class ProposerContract:
    @pytest.fixture
    def proposer(self):
        raise NotImplementedError

    @pytest.fixture
    def model(self):
        raise NotImplementedError

    @pytest.fixture
    def propose(self, proposer):
        def call(posed, num=6, seed=0):
            return proposer(posed, num, torch.Generator().manual_seed(seed))

        return call

    @pytest.mark.parametrize("num", [1, 6])
    def test_gives_as_many_new_distinct_molecules_as_asked(self, model, propose, num):
        posed = problem(model)
        chosen = propose(posed, num).chosen
        keys = [draft.inchi_key for draft in chosen]
        assert len(chosen) == len(set(keys)) == num
        assert not posed.known & set(keys)
        for draft in chosen:
            assert draft.reason is None
            assert draft.smiles == canonical_smiles(draft.smiles)
            assert draft.inchi_key == inchi_key(parse(draft.smiles))

    def test_a_latent_is_the_molecule_s_own_encoding(self, model, propose):
        for draft in propose(problem(model)).chosen:
            (encoding,) = model.encode([draft.smiles])
            refused = isinstance(encoding, Refusal)
            assert draft.latent == (None if refused else tuple(encoding.mean.tolist()))
            if draft.latent_asked is not None:
                (decoded,) = model.decode(torch.tensor([draft.latent_asked]))
                assert decoded.smiles == draft.smiles

    def test_is_a_function_of_its_arguments(self, model, propose):
        posed = problem(model)
        posed = continued(posed, propose(posed))
        state = torch.get_rng_state()
        first, again = (propose(posed) for _ in range(2))
        assert first == again
        assert first != propose(posed, seed=1)
        assert torch.equal(torch.get_rng_state(), state)

    def test_meets_the_constraints_or_says_which_it_broke(self, model, propose):
        window = PropertyWindow("heavy_atoms", max=14)
        proposal = propose(problem(model, [Substructure("N"), window]), 4)
        assert proposal.chosen
        for draft in proposal.chosen:
            assert "N" in draft.smiles.upper()
            assert parse(draft.smiles).GetNumHeavyAtoms() <= 14
        for draft in proposal.refused:
            assert draft.reason
            assert (draft.smiles is None) == draft.reason.startswith(INVALID_DECODE)
        broken = [d for d in proposal.refused if d.reason.startswith(CONSTRAINT)]
        assert broken
        assert all("N is missing" in d.reason or "heavy_atoms" in d.reason for d in broken)

    def test_gives_fewer_when_nothing_is_left(self, model, propose):
        posed = problem(model, [SimilarTo("FC(F)(F)S(=O)(=O)O", 0.99)])
        assert propose(posed).chosen == ()

    def test_never_repeats_what_is_on_record(self, model, propose):
        posed = problem(model)
        for iteration in range(1, 4):
            proposal = propose(posed, seed=iteration)
            assert not posed.known & {draft.inchi_key for draft in proposal.chosen}
            posed = continued(posed, proposal, iteration)

    def test_starts_without_any_record(self, model, propose):
        chosen = propose(Problem(model, (), (), LOGP)).chosen
        assert len({draft.inchi_key for draft in chosen}) == 6

    def test_goes_on_from_a_record_without_a_feasible_molecule(self, model, propose):
        posed = problem(model)
        broken = tuple(
            replace(t, status=TrialStatus.INFEASIBLE, values={}, reason="oracle error: x")
            for t in posed.trials
        )
        posed = replace(posed, trials=broken)
        chosen = propose(posed).chosen
        assert len(chosen) == 6
        assert not posed.known & {draft.inchi_key for draft in chosen}

    def test_open_trials_disturb_nobody(self, model, propose):
        posed = problem(model)
        pending = replace(posed.trials[0], status=TrialStatus.PENDING, values={})
        posed = replace(posed, trials=(pending, *posed.trials[1:]))
        assert len(propose(posed).chosen) == 6
