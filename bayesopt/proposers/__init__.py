"""Ways to choose the next molecules; each is a `Proposer` under its method's name."""

from collections.abc import Mapping

from bayesopt.proposers.auto import propose_auto
from bayesopt.proposers.prior import propose_from_prior
from bayesopt.proposers.proposal import Proposer

PROPOSERS: Mapping[str, Proposer] = {
    "auto": propose_auto,
    "random": propose_from_prior,
}
