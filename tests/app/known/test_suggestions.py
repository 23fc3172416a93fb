"""Every suggestion of a campaign says whether it is known."""

import csv
import io

import pytest
from rdkit import Chem
from sqlalchemy.exc import OperationalError

from app.engine.iterations import CampaignIterations
from app.known.indexes import known_folder
from app.known.suggestions import KnownSuggestions
from chemvae.checkpoints import TrainingIndex
from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from tests.app.campaigns.conftest import REQUEST, run_id_of
from tests.app.known.conftest import MINE
from tests.toys import library

BENCH = {
    "objectives": [{"name": "pIC50", "source": "measured"}],
    "initial": {"smiles": [library()[0], MINE[3], library()[120]], "num_samples": 0},
    "batch_size": 3,
    "seed": 3,
    "constraints": [],
}


@pytest.fixture
def suggest(client):
    def ask(**changes):
        created = client.post("/v1/campaigns", json=BENCH | changes)
        assert created.status_code == 201, created.text
        path = created.headers["Location"]
        response = client.post(f"{path}/suggestions", json={})
        assert response.status_code == 201, response.text
        trials = response.json()["items"]
        # What was answered is what is stored.
        assert client.get(f"{path}/trials").json()["items"] == trials
        return [trial["known"] for trial in trials]

    return ask


def test_a_suggestion_is_compared_with_the_training_set_and_the_libraries(
    suggest, trained_on, upload
):
    library_id, _ = upload(), upload(["CCO"])
    trained, mine, neither = suggest()
    assert (trained["in_training_set"], trained["libraries"]) == (True, [])
    assert trained["nearest"] == {
        "library": "training",
        "smiles": trained_on[0],
        "name": "mol-0",
        "similarity": 1.0,
    }
    assert (mine["in_training_set"], mine["libraries"]) == (False, [library_id])
    assert mine["nearest"]["library"] == library_id
    assert (mine["nearest"]["smiles"], mine["nearest"]["similarity"]) == (MINE[3], 1.0)
    assert (neither["in_training_set"], neither["libraries"]) == (False, [])
    bits = morgan(parse(library()[120]))
    best = max(tanimoto(bits, morgan(parse(other))) for other in (*trained_on, *MINE, "CCO"))
    assert neither["nearest"]["similarity"] == pytest.approx(best)


@pytest.fixture
def exported(client, create, send, run, trained_on):
    """Exports of a campaign that was suggested a molecule of a library, where it has ``name``."""

    def exports(name):
        path = create({"kind": "library"})
        send(path, f"{MINE[3]} {name}\n")
        run(path)
        campaign = client.post("/v1/campaigns", json=BENCH).headers["Location"]
        assert client.post(f"{campaign}/suggestions", json={}).status_code == 201
        told = [{"smiles": "CCO", "values": {"pIC50": 6.0}}]
        assert client.post(f"{campaign}/results", json=told).status_code == 200
        sheet = client.get(f"{campaign}/export?format=csv").text
        supplier = Chem.SDMolSupplier()
        supplier.SetData(client.get(f"{campaign}/export?format=sdf").text)
        rows = list(csv.DictReader(io.StringIO(sheet, newline="")))
        return path.rpartition("/")[2], rows, [mol.GetPropsAsDict() for mol in supplier]

    return exports


def test_exports_tell_what_was_known(exported):
    library_id, rows, records = exported("mine")
    found = {
        "in_training_set": "false",
        "libraries": library_id,
        "nearest_known_library": library_id,
        "nearest_known_smiles": MINE[3],
        "nearest_known_name": "mine",
        "nearest_known_similarity": "1.0",
    }
    trained, mine, _, told = rows
    assert (trained["in_training_set"], trained["libraries"]) == ("true", "")
    assert {name: mine[name] for name in found} == found
    assert {told[name] for name in found} == {""}
    assert {name: str(records[1][name]) for name in found} == found
    assert "libraries" not in records[0]
    assert not records[3].keys() & found.keys()


@pytest.mark.parametrize("name", ["=1+2", "@SUM(A1)", "-2", "$$$$", ">  <status>", "M  END"])
def test_a_name_in_a_library_is_text_in_every_export(exported, name):
    _, rows, records = exported(name)
    text = f"'{name}" if name[0] in "=@-" else name
    assert rows[1]["nearest_known_name"] == " ".join(text.split())
    assert [record["status"] for record in records] == [row["status"] for row in rows]
    assert str(records[1]["nearest_known_name"]).strip() == " ".join(name.split())


def test_without_an_index_the_model_s_own_list_still_tells(suggest, source):
    TrainingIndex.of_smiles([library()[0]]).write(source.folder)
    assert [known["in_training_set"] for known in suggest()] == [True, False, False]
    assert suggest()[0] == {"in_training_set": True, "libraries": [], "nearest": None}


def test_a_model_without_a_list_does_not_tell(suggest):
    assert suggest()[0] == {"in_training_set": None, "libraries": [], "nearest": None}


def test_what_a_worker_suggests_is_compared_too(client, app, sessions, trained_on):
    models = app.state.models
    known = KnownSuggestions(sessions, models, app.state.known)
    iterations = CampaignIterations(sessions, models, known)
    path = client.post("/v1/campaigns", json=REQUEST).headers["Location"]
    client.post(f"{path}/start")
    campaign_id, run_id = path.rpartition("/")[2], run_id_of(sessions, path)
    while True:
        outcome = iterations.propose(campaign_id, run_id)
        with sessions.begin() as session:
            if not iterations.commit(session, campaign_id, run_id, outcome):
                break
    trials = client.get(f"{path}/trials").json()["items"]
    molecules = [trial for trial in trials if trial["smiles"]]
    assert len(molecules) >= 10
    for trial in molecules:
        in_training_set = trial["smiles"] in trained_on
        assert trial["known"]["in_training_set"] is in_training_set
        assert (trial["known"]["nearest"]["similarity"] == 1.0) >= in_training_set


def test_a_database_that_goes_away_meanwhile_ends_no_campaign(client, app, sessions, away):
    models = app.state.models
    known = KnownSuggestions(away, models, app.state.known)
    path = client.post("/v1/campaigns", json=REQUEST).headers["Location"]
    client.post(f"{path}/start")
    with pytest.raises(OperationalError):
        CampaignIterations(sessions, models, known).propose(
            path.rpartition("/")[2], run_id_of(sessions, path)
        )
    assert client.get(path).json()["state"] == "running"


def test_what_a_client_tells_is_no_suggestion(client, trained_on):
    path = client.post("/v1/campaigns", json=BENCH).headers["Location"]
    results = [{"smiles": trained_on[0], "values": {"pIC50": 6.0}}]
    response = client.post(f"{path}/results", json=results)
    assert [trial["known"] for trial in response.json()["items"]] == [None]


def test_a_library_that_cannot_be_read_ends_no_campaign(
    suggest, settings, trained_on, upload, app, client
):
    library_id = upload()
    client.post("/v1/neighbours", json={"smiles": "CCO", "libraries": [library_id]})
    app.state.known._open.clear()
    (known_folder(settings.data_dir) / "libraries" / library_id / "latents").write_bytes(b"?")
    known = suggest()[1]
    assert known["libraries"] == []
    assert known["nearest"]["library"] == "training"
