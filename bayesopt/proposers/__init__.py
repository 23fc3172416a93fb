"""Ways to choose the next molecules; each is a `Proposer` under its method's name."""

from collections.abc import Mapping

from bayesopt.proposers.auto import propose_auto
from bayesopt.proposers.cma_es import propose_by_cma_es
from bayesopt.proposers.genetic import propose_children
from bayesopt.proposers.gradient import propose_by_gradient
from bayesopt.proposers.prior import propose_from_prior
from bayesopt.proposers.proposal import Proposer

PROPOSERS: Mapping[str, Proposer] = {
    "auto": propose_auto,
    "random": propose_from_prior,
    "genetic": propose_children,
    "cma_es": propose_by_cma_es,
    "gradient": propose_by_gradient,
}
