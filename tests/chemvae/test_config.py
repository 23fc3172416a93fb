import json

import pytest

from chemvae.config import ModelConfig, TrainConfig
from chemvae.errors import ConfigError


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ModelConfig(latent_dim=0), "latent_dim is 0; it must be at least 1"),
        (lambda: TrainConfig(learning_rate=0.0), "learning_rate must be positive"),
        (lambda: TrainConfig(kl_weight=-0.1), "kl_weight must not be negative"),
        (lambda: TrainConfig(decay_fraction=1.5), "between 0 and 1"),
        (lambda: TrainConfig(precision="half"), "'half'; use one of 'bf16-mixed', '32-true'"),
        (lambda: TrainConfig(kl_schedule="sine"), "'sine'; use one of 'linear', 'cyclical'"),
        (lambda: TrainConfig(word_dropout=2.0), "word_dropout must lie between 0 and 1"),
        (lambda: TrainConfig(importance_samples=0), "importance_samples must be at least 1"),
        (
            lambda: TrainConfig(free_bits=0.25, importance_samples=4),
            "free_bits is 0.25 and importance_samples is 4: .*; set one of the two",
        ),
        (lambda: TrainConfig(prior_mixed=13), "prior_exemplars are 13, 12 and 50000: those mixed"),
        (lambda: TrainConfig(prior_exemplars=12), "are 2, 12 and 12: those mixed are some of an"),
        (lambda: ModelConfig.from_dict({"hidden": 3}), "ModelConfig has no setting hidden"),
    ],
)
def test_a_bad_setting_is_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_settings_survive_the_round_trip():
    assert ModelConfig.from_dict(ModelConfig(latent_dim=7).to_dict()) == ModelConfig(latent_dim=7)
    assert TrainConfig.from_dict(TrainConfig(seed=3).to_dict()) == TrainConfig(seed=3)


def test_labels_come_once_predicted_ones_first():
    config = ModelConfig(properties=("qed", "logp"), conditions=("logp", "pIC50"))
    assert config.labels == ("qed", "logp", "pIC50")
    plain = json.loads(json.dumps(config.to_dict()))
    assert ModelConfig.from_dict(plain) == config
