from dataclasses import replace

import pytest
import torch

from chemvae.errors import ConfigError
from chemvae.training.heads import HeadTraining, Labelled, fit_heads

CONFIG = HeadTraining(hidden=32, epochs=30, batch_size=64, learning_rate=1e-2)


def _molecules(count, seed):
    latents = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed))
    labels = torch.stack([latents[:, 0] * latents[:, 1], 1000 + 50 * latents[:, 2]], dim=1)
    return Labelled(latents, labels)


def test_heads_learn_labels_of_every_unit_and_a_curve():
    train, test = _molecules(2_000, 0), _molecules(200, 1)
    heads = fit_heads(("product", "line"), train, test, CONFIG)
    assert heads.names == ("product", "line")
    errors = (heads.predict(test.latents) - test.labels).abs().mean(dim=0)
    assert (errors < 0.2 * test.labels.std(dim=0)).all()


def test_a_missing_label_teaches_nothing():
    train, test = _molecules(500, 0), _molecules(200, 1)
    holes = train.labels.clone()
    holes[::2, 1] = torch.nan
    heads = fit_heads(("product", "line"), train._replace(labels=holes), test, CONFIG)
    errors = (heads.predict(test.latents) - test.labels).abs().mean(dim=0)
    assert errors[1] < 0.3 * test.labels[:, 1].std()


def test_the_best_epoch_is_kept_and_the_seed_decides():
    """Sixteen molecules whose labels are noise: the longer, the worse the others."""
    noise = torch.Generator().manual_seed(2)
    few, test = (
        Labelled(each.latents, torch.randn(len(each.latents), 1, generator=noise))
        for each in (_molecules(16, 0), _molecules(200, 1))
    )
    long, longer = (
        fit_heads(("noise",), few, test, replace(CONFIG, epochs=epochs)) for epochs in (1, 200)
    )
    spread = test.labels.abs().mean()
    for heads in (long, longer):
        assert (heads.predict(test.latents) - test.labels).abs().mean() < 1.2 * spread
    again, other = (
        fit_heads(("noise",), few, test, replace(CONFIG, epochs=1, seed=seed)) for seed in (0, 1)
    )
    assert torch.equal(again.predict(test.latents), long.predict(test.latents))
    assert not torch.equal(other.predict(test.latents), long.predict(test.latents))


@pytest.mark.parametrize("held_out", [0, 1])
def test_heads_are_learnt_where_nothing_held_out_has_a_label(held_out):
    train, test = _molecules(2_000, 0), _molecules(200, 1)
    nothing = Labelled(torch.zeros(held_out, 4), torch.full((held_out, 2), torch.nan))
    heads = fit_heads(("product", "line"), train, nothing, CONFIG)
    errors = (heads.predict(test.latents) - test.labels).abs().mean(dim=0)
    assert (errors < 0.2 * test.labels.std(dim=0)).all()


@pytest.mark.parametrize("setting", [{"hidden": 0}, {"epochs": 0}, {"learning_rate": 0.0}])
def test_settings_outside_their_range_are_named(setting):
    with pytest.raises(ConfigError, match=f"{next(iter(setting))} is 0"):
        HeadTraining(**setting)
