"""What the scoreboard measures itself against: goals, and the best published numbers.

Peers are marked [V] where the number was read in its source and [R] where it is recalled from the
paper. Sources: JT-VAE (Jin et al. 2018), All-SMILES (Alperstein et al. 2019), MOSES (Polykovskiy
et al. 2020), DD-VAE (Polykovskiy and Vetrov 2020), GDSS (Jo et al. 2022), DeFoG (Qin et al. 2024),
GW-CatFlow and VBFN (their papers), and Gómez-Bombarelli et al. 2018.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A goal for one measure, and the best peer."""

    goal: float | None = None
    """In the measure's own unit; None where only the peer is known."""
    at_least: bool = True
    """Whether more is better."""
    peer: str = ""

    def met(self, value: float) -> bool | None:
        """Whether `value` reaches the goal; None without one."""
        if self.goal is None:
            return None
        return value >= self.goal if self.at_least else value <= self.goal


MEAN_WITHIN, SD_WITHIN = 0.02, 0.05
"""How far a property's mean and standard deviation may be from the data's, relatively."""

_ZINC250K = {
    "greedy_from_mean": Target(0.97, peer="JT-VAE 76.7 %, All-SMILES 87.6 % [R]"),
    "stochastic": Target(0.93, peer="JT-VAE 76.7 %, All-SMILES 87.6 % [R]"),
    "inversion": Target(0.995, peer="none published"),
    "validity.greedy": Target(0.98, peer="GRU VAE 78.3 %; MOSES VAE 97.7 % on MOSES [V]"),
    "validity.temperature_1": Target(0.96, peer="GRU VAE 78.3 %; MOSES VAE 97.7 % on MOSES [V]"),
    "masked_validity.greedy": Target(0.999, peer="JT-VAE 100 % by construction"),
    "masked_validity.temperature_1": Target(0.999, peer="JT-VAE 100 % by construction"),
    "unique": Target(0.999, peer="99.x %"),
    "novel": Target(0.99, peer="99.x %"),
    "fcd": Target(0.90, at_least=False, peer="GW-CatFlow 0.966, DeFoG 1.425, GDSS 14.7 [V]"),
    "logp": Target(peer="Gómez-Bombarelli VAE 2.67 (1.46) on 2.46 (1.43)"),
    "sas": Target(peer="Gómez-Bombarelli VAE 3.18 (0.86) on 3.05 (0.83)"),
    "qed": Target(peer="Gómez-Bombarelli VAE 0.70 (0.14) on 0.73 (0.14)"),
    "active_share": Target(0.90),
    "heads.logp": Target(0.02, at_least=False, peer="Gómez-Bombarelli 0.15 [R]"),
    "heads.qed": Target(0.006, at_least=False, peer="Gómez-Bombarelli 0.054 [R]"),
    "heads.sas": Target(0.03, at_least=False),
    "gp.rmse": Target(0.80, at_least=False, peer="DD-VAE 1.186 [V]"),
    "gp.log_likelihood": Target(-1.15, peer="DD-VAE -1.470 [V]"),
}
_QM9 = {
    "greedy_from_mean": Target(0.995),
    "validity.greedy": Target(0.995, peer="VBFN 99.98 % [V]"),
    "validity.temperature_1": Target(0.995, peer="VBFN 99.98 % [V]"),
    "masked_validity.greedy": Target(0.999),
    "masked_validity.temperature_1": Target(0.999),
    "fcd": Target(0.08, at_least=False, peer="VBFN 0.083 [V]"),
    "logp": Target(peer="data, Gómez-Bombarelli: 0.30 (1.00)"),
    "sas": Target(peer="data, Gómez-Bombarelli: 4.25 (0.94)"),
    "qed": Target(peer="data, Gómez-Bombarelli: 0.48 (0.07)"),
}
TARGETS: Mapping[str, Mapping[str, Target]] = {"zinc250k": _ZINC250K, "qm9": _QM9}
"""By data set, then by measure."""
