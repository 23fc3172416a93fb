"""How much an evaluation measures: its sample counts, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Sample counts of every measure."""

    test_molecules: int = 10_000
    """At most, chosen at random: reconstruction, KL, heads, and the reference of FCD and of the
    properties."""
    stochastic_molecules: int = 1000
    """Stochastic reconstruction: 10 latents, 10 decodes each."""
    inverted_molecules: int = 500
    """Of the test molecules, for the amortisation gap."""
    importance_molecules: int = 200
    """Of the test molecules, for the bounds on log p(x)."""
    prior_samples: int = 30_000
    """Decoded for each validity: of either prior, raw and masked, greedy and at temperature 1."""
    described: int = 10_000
    """Valid samples of each kind for unique, novel, FCD and properties."""
    gp_training: int = 40_000
    """Training molecules of the latent GP."""
    gp_epochs: int = 10
    """Passes over them."""
    neighbourhood_molecules: int = 100
    """Test molecules around which the scaled radius is calibrated."""
    neighbourhood_samples: int = 5
    """Latents around each, for each radius."""
    asked_samples: int = 1000
    """Prior samples decoded for each value that a label-conditional decoder is asked for."""


FULL = Budget()
QUICK = Budget(
    test_molecules=400,
    stochastic_molecules=25,
    inverted_molecules=25,
    importance_molecules=8,
    prior_samples=500,
    described=300,
    gp_training=1000,
    gp_epochs=20,
    neighbourhood_molecules=10,
    neighbourhood_samples=2,
    asked_samples=200,
)
"""A minute on two cores. FCD is biased upwards on so few molecules; nothing here is for print."""
