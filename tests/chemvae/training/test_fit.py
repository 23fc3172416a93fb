import csv
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint

from chemvae.config import TrainConfig
from chemvae.errors import ConfigError
from chemvae.seeds import MAX_SEED
from chemvae.training.batches import SequenceDataset
from chemvae.training.dreams import Dreams
from chemvae.training.fit import _take_weights, _trainer, fit, last_checkpoint
from chemvae.training.graphs import GraphedBackward
from chemvae.training.labels import label_matrix
from chemvae.training.module import VaeTraining
from chemvae.training.time_limit import TimeLimit
from chemvae.vae import SmilesVae
from tests.chemvae.conftest import LEARN_BY_HEART, MOLECULES, TINY

SHORT = TrainConfig(epochs=4, batch_size=4, decay_fraction=0.0, precision="32-true", patience=99)


def _molecules(vocabulary):
    return SequenceDataset([vocabulary.encode(line, TINY.max_tokens) for line in MOLECULES])


def _fit(vocabulary, directory, config, *, resume=False, max_minutes=None):
    molecules = _molecules(vocabulary)
    return fit(
        molecules,
        molecules,
        vocabulary,
        TINY,
        config,
        directory,
        accelerator="cpu",
        resume=resume,
        max_minutes=max_minutes,
    )


def _logged_epochs(directory):
    with (directory / "metrics.csv").open(newline="") as file:
        return {int(row["epoch"]) for row in csv.DictReader(file)}


def test_a_resumed_run_goes_on_from_its_weights_and_step(vocabulary, tmp_path):
    half = _fit(vocabulary, tmp_path, replace(SHORT, epochs=2))
    whole = _fit(vocabulary, tmp_path, SHORT, resume=True)
    again = _fit(vocabulary, tmp_path, SHORT, resume=True)
    assert (half.epochs, whole.epochs, again.epochs) == (2, 4, 4)
    assert _logged_epochs(tmp_path / "logs" / "version_1") == {2, 3}
    assert whole.validation["validation/loss"] < half.validation["validation/loss"]
    for name, weight in whole.vae.state_dict().items():
        assert torch.equal(weight, again.vae.state_dict()[name])


def test_the_weights_of_the_best_epoch_come_back(vocabulary, tmp_path):
    ruinous = replace(SHORT, epochs=3, learning_rate=3.0, warmup_epochs=3)
    result = _fit(vocabulary, tmp_path, ruinous)
    assert result.validation == _fit(vocabulary, tmp_path, ruinous, resume=True).validation
    best = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["epoch"] < 2, "the last epoch was the best: nothing is shown"
    for name, weight in result.vae.state_dict().items():
        assert torch.equal(weight, best["state_dict"][f"vae.{name}"])


@pytest.mark.filterwarnings("ignore:The dirpath has changed:UserWarning")
def test_a_run_that_was_moved_keeps_one_newest_checkpoint(vocabulary, tmp_path):
    _fit(vocabulary, tmp_path / "old", replace(SHORT, epochs=1))
    moved = (tmp_path / "old").rename(tmp_path / "new")
    _fit(vocabulary, moved, replace(SHORT, epochs=2), resume=True)
    assert torch.load(last_checkpoint(moved), weights_only=True)["epoch"] == 1
    names = {path.name for path in last_checkpoint(moved).parent.iterdir()}
    assert names == {"last.ckpt", "best.ckpt"}


def test_a_split_without_molecules_is_refused(vocabulary, tmp_path):
    one = SequenceDataset([vocabulary.encode("CCO", TINY.max_tokens)])
    with pytest.raises(ConfigError, match="1 training and 0 validation batches"):
        fit(one, SequenceDataset([]), vocabulary, TINY, SHORT, tmp_path, accelerator="cpu")


def test_a_run_is_never_overwritten(vocabulary, tmp_path):
    _fit(vocabulary, tmp_path, replace(SHORT, epochs=1))
    with pytest.raises(ConfigError, match="holds a run already; resume it"):
        _fit(vocabulary, tmp_path, replace(SHORT, epochs=1))


def test_what_ends_a_run_is_what_chooses_its_best_epoch(tmp_path):
    callbacks = _trainer(SHORT, tmp_path, "cpu", 1, log_every=1, max_minutes=None).callbacks
    watched = [(type(each), each.monitor) for each in callbacks if hasattr(each, "monitor")]
    assert {name for _, name in watched} == {"validation/loss"}
    assert {kind for kind, _ in watched} == {EarlyStopping, ModelCheckpoint}


def test_training_stops_early_without_progress(vocabulary, tmp_path):
    frozen = replace(SHORT, epochs=9, learning_rate=1e-30, kl_warmup_epochs=0, patience=2)
    assert _fit(vocabulary, tmp_path, frozen).epochs < 9


def test_a_run_out_of_time_ends_with_its_epoch_and_resumes(vocabulary, tmp_path):
    stopped = _fit(vocabulary, tmp_path, SHORT, max_minutes=0)
    assert stopped.epochs == 1
    again = _fit(vocabulary, tmp_path, SHORT, resume=True, max_minutes=0)
    assert again.epochs == 2
    assert _fit(vocabulary, tmp_path, SHORT, resume=True, max_minutes=60).epochs == 4


def test_labels_are_learnt_with_the_molecules(vocabulary, tmp_path):
    labels = label_matrix(MOLECULES, ["heavy_atoms"], {})
    labels[0] = torch.nan
    labelled = SequenceDataset([vocabulary.encode(m, 40) for m in MOLECULES], labels)
    shape = replace(TINY, properties=("heavy_atoms",))
    config = replace(LEARN_BY_HEART, head_weight=30.0)
    result = fit(labelled, labelled, vocabulary, shape, config, tmp_path, accelerator="cpu")
    tokens = [torch.tensor([vocabulary.encode(m, 40)]) for m in MOLECULES]
    with torch.no_grad():
        means = torch.cat([result.vae.encoder(row)[0] for row in tokens])
        predicted = result.vae.heads.predict(means)
    errors = (predicted[1:] - labels[1:]).abs()
    assert errors.mean() < 0.3 * labels[1:].std()


@pytest.mark.parametrize("option", [{}, {"posterior": "iaf"}, {"prior": "mixture"}])
def test_a_frozen_encoder_stays_while_the_decoder_learns(option, vocabulary, tmp_path):
    shape = replace(TINY, flow_hidden=16, **option)
    start = SmilesVae(len(vocabulary), shape)
    molecules = _molecules(vocabulary)
    config = replace(SHORT, freeze_encoder=True, seed=MAX_SEED)
    settings = (vocabulary, shape, config, tmp_path)
    learnt = fit(molecules, molecules, *settings, accelerator="cpu", start=start).vae.state_dict()
    before = start.state_dict()
    moved = {name for name in before if not torch.equal(before[name], learnt[name])}
    assert moved
    assert all(name.startswith("decoder.") for name in moved)


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ({"latent_dim": 5}, {}),
        ({"encoder_layers": 2}, {}),
        ({}, {"encoder_layers": 2}),
        ({"posterior": "iaf"}, {}),
        ({}, {"prior": "mixture"}),
        ({"conditions": ("logp", "qed")}, {"conditions": ("qed", "logp")}),
        ({"properties": ("logp",)}, {"properties": ("logp",), "head_hidden": 8}),
    ],
)
def test_a_start_of_another_shape_is_refused(start, wanted, vocabulary, tmp_path):
    other = SmilesVae(len(vocabulary), replace(TINY, **start))
    shape = replace(TINY, **wanted)
    molecules = _molecules(vocabulary)
    with pytest.raises(ConfigError, match="model to start from has the shape"):
        fit(molecules, molecules, vocabulary, shape, SHORT, tmp_path, start=other)


@pytest.mark.parametrize(
    ("properties", "kept"),
    [(("logp", "qed"), True), (("qed", "logp"), False), (("qed", "sas"), False), ((), False)],
)
def test_the_heads_of_a_start_are_kept_for_the_same_labels_alone(properties, kept, vocabulary):
    start = SmilesVae(len(vocabulary), replace(TINY, properties=("logp", "qed")))
    vae = SmilesVae(len(vocabulary), replace(TINY, properties=properties))
    _take_weights(vae, start)
    own, given = vae.state_dict(), start.state_dict()
    heads = [name for name in own if name.startswith("heads.layers")]
    assert (bool(heads) and all(torch.equal(own[name], given[name]) for name in heads)) is kept
    assert all(torch.equal(own[name], given[name]) for name in own if "heads" not in name)


def test_the_learning_rate_warms_up_stays_and_decays(vocabulary):
    config = TrainConfig(epochs=10, learning_rate=0.5, warmup_epochs=1, decay_fraction=0.2)
    module = VaeTraining(SmilesVae(len(vocabulary), TINY), config, steps_per_epoch=10)
    optimizers = module.configure_optimizers()
    schedule = optimizers["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(100):
        rates.append(schedule.get_last_lr()[0])
        optimizers["optimizer"].step()
        schedule.step()
    assert rates[:10] == pytest.approx([0.05 * step for step in range(1, 11)])
    assert rates[10:80] == pytest.approx([0.5] * 70)
    assert all(later < earlier for earlier, later in pairwise(rates[80:]))
    assert schedule.get_last_lr()[0] == 0.0


def test_a_share_of_the_steps_dreams_however_short_an_epoch_is(vocabulary):
    """Two in a hundred steps of epochs of seven, from a quarter of the run on."""
    config = TrainConfig(epochs=100, dream_fraction=0.02, dream_start=0.25)
    module = VaeTraining(SmilesVae(len(vocabulary), TINY), config, steps_per_epoch=7)
    module.trainer = SimpleNamespace(global_step=0)
    dreaming = []
    for step in range(700):
        module.trainer.global_step = step
        dreaming += [step] * module._dreams()
    assert dreaming == list(range(199, 700, 50))


def test_a_decoder_with_nothing_to_dream_learns_from_its_molecules(vocabulary, tmp_path):
    """A batch without rows has no mean, and its loss would be no number."""

    class Dreamless:
        def draw(self, vae, count, step):
            return Dreams(torch.empty(0, TINY.latent_dim), torch.empty(0, 1, dtype=torch.long))

    molecules = _molecules(vocabulary)
    config = replace(SHORT, dream_fraction=1.0)
    settings = (vocabulary, TINY, config, tmp_path)
    fit(molecules, molecules, *settings, dreamer=Dreamless(), accelerator="cpu")
    logged = (tmp_path / "logs" / "version_0" / "metrics.csv").read_text()
    assert "train/nll" in logged
    assert "dream" not in logged
    assert "nan" not in logged


def test_processes_that_train_together_end_together():
    """Those whose own clock says that there is time left, too."""
    trainer = SimpleNamespace(
        current_epoch=0,
        check_val_every_n_epoch=1,
        should_stop=False,
        strategy=SimpleNamespace(broadcast=lambda own: not own),
    )
    limit = TimeLimit(minutes=60)
    limit.on_train_start(trainer, None)
    limit.on_train_epoch_end(trainer, None)
    assert trainer.should_stop


class StepByStep:
    """`GraphedBackward` without a GPU: it runs what a graph would replay, and like a graph adds to
    the gradients where they were at first."""

    def __init__(self, network):
        self.network = network
        self.homes = [torch.zeros_like(p) for p in network.parameters()]

    def __call__(self, objective, *inputs):
        for parameter, home in zip(self.network.parameters(), self.homes, strict=True):
            assert parameter.grad is home, "somebody has let the gradient go"
        outputs = objective(*inputs)
        outputs[0].backward()
        return tuple(each.detach() for each in outputs)

    def zero_grad(self):
        for parameter, home in zip(self.network.parameters(), self.homes, strict=True):
            parameter.grad = home.zero_()


def test_training_in_graphs_is_training(vocabulary, tmp_path, monkeypatch):
    """The same losses, epochs with a validation between them, and batches that are not full."""
    settings = replace(SHORT, epochs=6, batch_size=5, kl_weight=0.0, kl_warmup_epochs=0.0)
    monkeypatch.setattr("chemvae.vae.reparameterize", lambda mean, *_: mean)
    plain = _fit(vocabulary, tmp_path / "plain", settings)
    made = VaeTraining.__init__

    def in_graphs(self, *arguments, graphed, **settings):
        made(self, *arguments, graphed=False, **settings)
        self.graphs = StepByStep(self.vae)

    monkeypatch.setattr(VaeTraining, "__init__", in_graphs)
    graphed = _fit(vocabulary, tmp_path / "graphed", settings)
    assert graphed.validation["validation/nll"] == pytest.approx(
        plain.validation["validation/nll"], rel=1e-3
    )
    for one, other in zip(plain.vae.parameters(), graphed.vae.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-3)


def test_a_gradient_that_is_not_finite_changes_nothing_for_good(vocabulary, tmp_path, monkeypatch):
    broken = iter([True])
    made = VaeTraining.training_step

    def step(self, batch):
        loss = made(self, batch)
        return loss * (torch.nan if next(broken, False) else 1.0)

    monkeypatch.setattr(VaeTraining, "training_step", step)
    result = _fit(vocabulary, tmp_path, SHORT)
    assert result.validation["validation/nll"] < 60.0
    assert all(weight.isfinite().all() for weight in result.vae.parameters())


def test_graphs_get_the_gradients_back_that_lightning_has_let_go(vocabulary, monkeypatch):
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 0))
    vae = SmilesVae(len(vocabulary), TINY)
    graphs = GraphedBackward(vae)
    graphs.zero_grad()
    homes = [parameter.grad for parameter in vae.parameters()]
    vae.zero_grad()
    for home in homes:
        home.fill_(1.0)
    graphs.zero_grad()
    for parameter, home in zip(vae.parameters(), homes, strict=True):
        assert parameter.grad is home
        assert not home.any()
