"""Evaluation: the scoreboard of a model, measured, printed and kept on its card."""

from chemvae.evaluation.budget import FULL, QUICK, Budget
from chemvae.evaluation.crew import Crew
from chemvae.evaluation.measure import evaluate
from chemvae.evaluation.scoreboard import scoreboard

__all__ = ["FULL", "QUICK", "Budget", "Crew", "evaluate", "scoreboard"]
