"""The table of ``molwright bench iterations``."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bayesopt.benchmark.iterations import time_iteration
from bayesopt.latent_model import LatentModel


def bench_iterations(
    model: LatentModel, dataset: str, observations: Sequence[int], molecules: int, seed: int
) -> None:
    """Print the CPU seconds of one ask for ``molecules`` after each number of ``observations``."""
    # What torch and the model make ready once is not counted.
    time_iteration(model, dataset, min(observations), 1, seed)
    table = Table(title=f"CPU seconds of an iteration, {molecules} molecules")
    for heading in ("observations", "fit", "decode", "acquire", "total", "wall"):
        table.add_column(heading, justify="right")
    for number in observations:
        took = time_iteration(model, dataset, number, molecules, seed)
        seconds = took.fit, took.model, took.acquire, took.total, took.wall
        table.add_row(str(number), *(f"{each:.2f}" for each in seconds))
    Console().print(table)
