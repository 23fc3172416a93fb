"""Every call against a real service."""

import pytest
from rdkit import Chem

from app.client import Campaign, ConflictError, InvalidRequestError, NotFoundError
from app.client.molecule_types import DecodedItem, EncodedItem, FailedItem
from tests.app.access.conftest import give, sessions
from tests.app.client.conftest import CAMPAIGN
from tests.app.client.contract import endpoints

__all__ = ["give", "sessions"]


def test_the_tour_takes_in_every_call(molwright, called, folder, give):
    give("bob")
    _service(molwright)
    _molecules(molwright)
    _campaign(molwright, folder)
    _bulk(molwright, folder)
    assert called == set(endpoints())


def _bulk(molwright, folder):
    wanted = {"kind": "score", "properties": ["qed"]}
    job = molwright.bulk.create(operation=wanted, name="vendor")
    assert job.info().state == "draft"
    assert molwright.bulk.get(job.id).info().operation == wanted
    library = folder / "library.smi"
    library.write_text("CCO ethanol\nC1CC open\n")
    assert job.send(library).state == "running"
    assert [each.id for each in molwright.bulk.list(state="running")] == [job.id]
    assert job.cancel().state == "cancelled"
    assert job.resume().state == "running"
    assert not job.sharing.add("bob").can_write
    assert [share.owner for share in job.sharing.list()] == ["bob"]
    job.sharing.remove("bob")
    job.cancel()
    assert list(job.refused()) == []
    assert job.results(folder / "scores.csv").read_text().startswith("line,name,smiles")
    with pytest.raises(InvalidRequestError):
        job.results(folder / "scores.txt")
    job.delete()
    with pytest.raises(NotFoundError):
        job.info()


def _service(molwright):
    assert molwright.health.live().status == "ok"
    assert molwright.health.ready().status == "ok"
    assert "# TYPE" in molwright.health.metrics()
    [card] = molwright.models.list()
    assert molwright.models.get(card.name) == card
    assert "qed" in {oracle.name for oracle in molwright.oracles.list()}
    assert "http" in {source.source for source in molwright.oracles.sources()}
    assert molwright.access.whoami().owner is None
    assert list(molwright.access.audit()) == []


def _molecules(molwright):
    molecules = molwright.molecules
    encoded = molecules.encode(smiles=["CCO", "C1CC"])
    ethanol, unclosed = encoded.items
    assert isinstance(ethanol, EncodedItem)
    assert isinstance(unclosed, FailedItem)
    assert unclosed.error.code == "syntax"
    [back] = molecules.decode(latents=[ethanol.latent]).items
    assert isinstance(back, DecodedItem)
    sampled = molecules.sample(num_molecules=3, seed=1)
    assert len(sampled.molecules) == 3
    assert molecules.sample(num_molecules=3, seed=1) == sampled
    with pytest.raises(InvalidRequestError):
        # The toy model grows no scaffolds.
        molecules.complete(fragment="*")
    way = molecules.interpolate(start="CCO", end="CCCO", num_steps=3)
    assert [step.fraction for step in way.steps] == [0, 0.5, 1]
    [item] = molecules.properties(smiles=["CCO"], properties=["hbd"]).items
    assert item.properties == {"hbd": 1}
    assert "<svg" in molecules.draw("CCO").svg
    with pytest.raises(ConflictError, match="molwright index"):
        molecules.neighbours(smiles="CCO")


def _campaign(molwright, folder):
    assert molwright.campaigns.validate(**CAMPAIGN).valid
    campaign = molwright.campaigns.create(name="bench", **CAMPAIGN)
    [listed] = molwright.campaigns.list(state="draft")
    assert listed == campaign.read()
    assert isinstance(molwright.campaigns.open(listed.id), Campaign)
    _bench(campaign, folder)
    assert campaign.revise(name="renamed").name == "renamed"
    assert [v.version for v in campaign.objective_versions()] == [1]
    [left_out] = campaign.diagnosis().leave_one_out
    assert (left_out.objective, len(left_out.items)) == ("pIC50", 3)
    assert campaign.sharing.add("bob", can_write=True).can_write
    assert [share.owner for share in campaign.sharing.list()] == ["bob"]
    campaign.sharing.remove("bob")
    assert list(campaign.sharing.list()) == []
    assert next(campaign.sharing.audit()).action.startswith("DELETE")
    states = [campaign.start(), campaign.pause(), campaign.resume(), campaign.cancel()]
    assert [s.state for s in states] == ["running", "paused", "running", "cancelled"]
    campaign.delete()
    with pytest.raises(NotFoundError):
        campaign.read()


def _bench(campaign, folder):
    asked = campaign.ask()
    assert [t.smiles for t in asked] == CAMPAIGN["initial"]["smiles"]
    told = campaign.tell({"trial_id": t.trial_id, "values": {"pIC50": 5.5}} for t in asked)
    assert {t.status for t in told} == {"evaluated"}
    assert list(campaign.trials) == told
    first = asked[0].trial_id
    amended = campaign.trials.amend(first, values={"pIC50": [6.0, 6.2]}, note="again")
    assert amended == campaign.trials.get(first)
    assert [v.value for v in amended.history["pIC50"]] == [5.5]
    assert campaign.trials.best(1) == campaign.trials.pareto() == [amended]
    assert campaign.progress().num_evaluations == 3
    sdf = campaign.trials.export(folder / "best.sdf", best=1)
    assert [mol.GetProp("_Name") for mol in Chem.SDMolSupplier(str(sdf))] == [str(first)]
    assert list(folder.iterdir()) == [sdf]


def test_what_is_left_out_of_a_patch_stays_and_none_takes_back(campaign):
    [trial] = campaign.tell([{"smiles": "CCO", "values": {"pIC50": 6}, "note": "dry"}])
    assert campaign.trials.amend(trial.trial_id, values={"pIC50": 7}).note == "dry"
    amended = campaign.trials.amend(trial.trial_id, values={"pIC50": None}, note=None)
    assert (amended.values, amended.note) == ({}, None)


def test_a_list_of_several_pages_is_read_as_one(campaign, line):
    results = [{"smiles": "C" * n, "values": {"pIC50": n}} for n in range(1, 8)]
    campaign.tell(results)
    line.sent.clear()
    trials = campaign.trials.select(page_size=3)
    assert line.sent == []
    assert [len(t.smiles) for t in trials] == list(range(1, 8))
    assert [dict(r.url.params) for r in line.sent] == [
        {"sort": "number", "limit": "3"},
        {"sort": "number", "limit": "3", "after": "2"},
        {"sort": "number", "limit": "3", "after": "5"},
    ]
    highest = campaign.trials.select(status="evaluated", sort="-utility", page_size=3)
    assert [t.utility for t in highest] == [7, 6, 5, 4, 3, 2, 1]
    assert [t.trial_id for t in campaign.trials] == list(range(7))


def test_what_was_wanted_can_be_sent_again(molwright, campaign):
    info = campaign.read()
    again = molwright.campaigns.create(
        objectives=[*info.objectives, {"name": "qed"}],
        constraints=info.constraints,
        initial=info.initial,
        budget=info.budget,
        optimizer=info.optimizer,
    ).read()
    assert again.objectives[:1] == info.objectives
    assert again.constraints == info.constraints


def test_an_export_refused_leaves_the_file_as_it_was(campaign, folder):
    path = folder / "trials.xlsx"
    path.write_text("mine")
    with pytest.raises(InvalidRequestError) as caught:
        campaign.trials.export(path)
    assert caught.value.pointer == "/format"
    assert [p.read_text() for p in folder.iterdir()] == ["mine"]


def test_a_wrong_state_is_a_conflict(campaign):
    with pytest.raises(ConflictError) as caught:
        campaign.pause()
    assert caught.value.code == "wrong_state"
