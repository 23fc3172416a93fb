"""The noise of a measurement, from the repeats of it."""

from __future__ import annotations

from collections.abc import Sequence

from bayesopt.trial import Trial, sum_of_squares


def pooled_variance(trials: Sequence[Trial], objective: str) -> float | None:
    """Variance of a single measurement of `objective`, pooled within its replicated trials.

    `sum_g SS_g / sum_g (n_g - 1)` over the groups `g` of replicates, each around its own mean: the
    mean square within groups of a one-way analysis of variance. Of a mean of `n` replicates it
    makes `pooled_variance / n` (`Observation.num_replicates`). In the square of the objective's
    unit; None where no observation has two replicates.
    """
    groups = [trial.values[objective].replicates for trial in trials if objective in trial.values]
    replicated = [group for group in groups if group]
    if not replicated:
        return None
    freedom = sum(len(group) - 1 for group in replicated)
    return sum(sum_of_squares(group) for group in replicated) / freedom
