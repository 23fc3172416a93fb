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
        (lambda: TrainConfig(precision="half"), "'half'; use 'bf16-mixed' or '32-true'"),
        (lambda: ModelConfig.from_dict({"hidden": 3}), "ModelConfig has no setting hidden"),
    ],
)
def test_a_bad_setting_is_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_settings_survive_the_round_trip():
    assert ModelConfig.from_dict(ModelConfig(latent_dim=7).to_dict()) == ModelConfig(latent_dim=7)
    assert TrainConfig.from_dict(TrainConfig(seed=3).to_dict()) == TrainConfig(seed=3)
