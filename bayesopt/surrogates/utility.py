"""From a model's samples of the objectives' values to what is maximised."""

from __future__ import annotations

from botorch.acquisition.multi_objective.objective import MCMultiOutputObjective
from botorch.acquisition.objective import MCAcquisitionObjective
from torch import Tensor

from bayesopt.objectives import Scalarization


class UtilityObjective(MCAcquisitionObjective):
    """The scalar utility of sampled values: a composite objective.

    The models are of the values themselves and the known map is applied to their samples (Astudillo
    and Frazier, ICML 2019), for a smooth property is easier to learn than its distance to a target.
    """

    def __init__(self, scalarization: Scalarization) -> None:
        super().__init__()
        self._scalarization = scalarization

    @property
    def names(self) -> tuple[str, ...]:
        """The objectives', in the order of the values."""
        return tuple(objective.name for objective in self._scalarization.objectives)

    def forward(self, samples: Tensor, X: Tensor | None = None) -> Tensor:  # noqa: ARG002, N803
        """`s x ... x n` utilities of `s x ... x n x m` values; further outputs are left out."""
        return self._scalarization.utilities(samples[..., : len(self.names)])


class DesirabilityObjective(MCMultiOutputObjective):
    """The desirability of each sampled value: what a Pareto front is of."""

    def __init__(self, scalarization: Scalarization) -> None:
        super().__init__()
        self._scalarization = scalarization

    def forward(self, samples: Tensor, X: Tensor | None = None) -> Tensor:  # noqa: ARG002, N803
        """`s x ... x n x m` of `s x ... x n x m` values; further outputs are left out."""
        num = len(self._scalarization.objectives)
        return self._scalarization.desirabilities(samples[..., :num])
