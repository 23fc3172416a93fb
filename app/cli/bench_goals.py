"""``molwright bench goals``: goals that only the client can score, over HTTP as a bench would."""

import itertools
from collections.abc import Sequence
from contextlib import AbstractContextManager
from statistics import mean
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from app.cli.own_service import TIMEOUT, own_service
from app.errors import ConfigurationError
from bayesopt.benchmark.goals import Goal
from data.molecules import parse

SHARES = (0.25, 0.5, 1.0)
"""Of all results, those after which the best so far is shown."""


def bench_goals(
    goals: Sequence[Goal],
    methods: Sequence[str],
    seeds: int,
    results: int,
    batch_size: int,
    model: str,
    url: str | None,
) -> None:
    """Print the best score so far of each goal and method, by the number of results sent.

    Args:
        goals: What is wanted; the service learns the values alone.
        methods: Of choosing molecules, all from the same first batch at one seed.
        seeds: Campaigns of each goal and method.
        results: Molecules scored in each.
        batch_size: Molecules suggested at a time.
        model: Name of the model.
        url: Where a service listens; None starts one.

    Raises:
        ConfigurationError: the service does not start, is not there, or refuses a request.
    """
    console = Console()
    table = Table(title=f"best score so far, mean (lowest to highest) of {seeds} seeds")
    marks = [max(1, round(share * results)) for share in SHARES]
    for heading in ("goal", "method", *(f"{mark} results" for mark in marks)):
        table.add_column(heading)
    with _client(model, url) as http:
        for goal, method in itertools.product(goals, methods):
            curves = []
            for seed in range(seeds):
                curve, best = _play(
                    http, goal, _request(goal, method, seed, results, batch_size, model)
                )
                curves.append(curve)
                said = f"{goal.name}, {method}, seed {seed}: {curve[-1]:.3f} {best}"
                console.print(said, markup=False, highlight=False, soft_wrap=True)
            table.add_row(
                goal.name, method, *(_spread([c[:mark][-1] for c in curves]) for mark in marks)
            )
    console.print(table)


def _client(model: str, url: str | None) -> AbstractContextManager[httpx.Client]:
    return own_service(model) if url is None else httpx.Client(base_url=url, timeout=TIMEOUT)


def _request(
    goal: Goal, method: str, seed: int, results: int, batch_size: int, model: str
) -> dict[str, Any]:
    return {
        "name": f"{goal.name}, {method}, seed {seed}",
        "objectives": [{"name": goal.name, "source": "measured", "low": 0, "high": 1}],
        # The goals have none, and the default ones would refuse some of the wanted molecules.
        "constraints": [],
        "initial": {"num_samples": batch_size},
        "optimizer": {"method": method},
        "budget": {"max_evaluations": results},
        "batch_size": batch_size,
        "seed": seed,
        "model": model,
    }


def _play(http: httpx.Client, goal: Goal, request: dict[str, Any]) -> tuple[list[float], str]:
    """The best score after each result, and the molecule that has it.

    The campaign ends with its budget, or when it has nothing more to suggest.
    """
    campaign = f"/v1/campaigns/{_post(http, '/v1/campaigns', request)['id']}"
    curve: list[float] = []
    best = (0.0, "")
    while len(curve) < request["budget"]["max_evaluations"]:
        trials = _post(http, f"{campaign}/suggestions", {})["items"]
        pending = [trial for trial in trials if trial["status"] == "pending"]
        if not pending:
            break
        told = []
        for trial in pending:
            score = goal.score(parse(trial["smiles"]))
            told.append({"trial_id": trial["trial_id"], "values": {goal.name: score}})
            best = max(best, (score, trial["smiles"]))
            curve.append(best[0])
        _post(http, f"{campaign}/results", told)
    return curve, best[1]


def _post(http: httpx.Client, path: str, body: Any) -> Any:  # noqa: ANN401
    try:
        response = http.post(path, json=body)
    except httpx.TransportError as error:
        raise ConfigurationError(f"no service at {http.base_url}: {error}") from error
    if not response.is_success:
        raise ConfigurationError(f"POST {path} was refused: {response.text}")
    return response.json()


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
