"""What a form would become: refused parts with their fields, how long it takes, what is wanted."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.campaigns.objective_schemas import ObjectiveSchema
from app.campaigns.replies import ValidationReply
from app.campaigns.schemas import CampaignRequest
from app.campaigns.service import CampaignService
from app.errors import AppError
from app.pages.campaigns.creation.body import Draft, Problem, draft
from app.pages.campaigns.creation.form import Form
from app.problems import field_error
from bayesopt.objectives import Objective, Scalarization
from data.errors import DataError

CURVE_WIDTH, CURVE_HEIGHT = 120, 36
CURVE_POINTS = 61
SHOWN = 12
"""Molecules that are drawn beside the form."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How good each value of an objective is, over the range that matters."""

    objective: ObjectiveSchema
    low: float
    high: float
    points: str
    """Of a line, y pointing down."""


@dataclass(frozen=True, slots=True)
class Check:
    """The form looked at."""

    body: dict[str, Any]
    problems: list[Problem]
    request: CampaignRequest | None = None
    """None where the body is none."""
    reply: ValidationReply | None = None
    curves: list[Curve] = field(default_factory=list)

    @property
    def start(self) -> str:
        """Where it would begin, in words."""
        initial = self.body["initial"]
        counts = {
            "of your molecules": len(initial.get("smiles", ())),
            "measured before": len(initial.get("results", ())),
            "random draws": initial.get("num_samples", 0),
        }
        parts = [f"{count} {what}" for what, count in counts.items() if count]
        if "campaign_id" in initial:
            parts.append("the results of an earlier campaign")
        return ", ".join(parts)

    @property
    def shown(self) -> list[str]:
        """Molecules to show: the first that nothing is wrong with."""
        if self.reply is None:
            return []
        refused = {item.smiles for item in self.reply.refused}
        given = self.body["initial"]
        smiles = [*given.get("smiles", ()), *(row["smiles"] for row in given.get("results", ()))]
        return [item for item in dict.fromkeys(smiles) if item not in refused][:SHOWN]

    @property
    def required(self) -> str | None:
        """The first substructure that a molecule must have."""
        found = (item["smarts"] for item in self.body["constraints"] if item.get("required"))
        return next(found, None)


def check(form: Form, service: CampaignService) -> Check:
    """Everything that would be refused, and a time estimate where nothing is."""
    made = draft(form)
    request = _request(made)
    if request is None:
        return Check(made.body, made.problems)
    curves = [curve for item in request.objectives if (curve := _curve(item)) is not None]
    try:
        reply = service.validate(request)
    except (AppError, DataError) as error:
        return Check(made.body, [*made.problems, *_problems(made, error)], request, None, curves)
    refused = [made.problem(item.pointer, item.message) for item in reply.refused]
    return Check(made.body, [*made.problems, *refused], request, reply, curves)


def with_refusal(checked: Check, form: Form, error: AppError | DataError) -> Check:
    """The same, once more is known to be wrong."""
    return replace(checked, problems=[*checked.problems, *_problems(draft(form), error)])


def _problems(made: Draft, error: AppError | DataError) -> list[Problem]:
    if isinstance(error, AppError) and error.errors:
        return [made.problem(item.pointer, item.detail) for item in error.errors]
    return [Problem("name", str(error))]


def _request(made: Draft) -> CampaignRequest | None:
    try:
        return CampaignRequest.model_validate(made.body)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        for item in RequestValidationError(found).errors():
            refused = field_error(item)
            made.problems.append(made.problem(refused.pointer, refused.detail))
        # Both coordinates of a point may be wrong in the same way.
        made.problems = list(dict.fromkeys(made.problems))
    return None


def _curve(item: ObjectiveSchema) -> Curve | None:
    objective = item.to_domain()
    span = _span(objective)
    if span is None:
        return None
    low, high = span
    values = torch.linspace(low, high, CURVE_POINTS, dtype=torch.float64)
    scale = Scalarization.fit([objective], [])
    heights = scale.desirabilities(values[:, None])[:, 0].clamp(0, 1).tolist()
    across = CURVE_WIDTH / (CURVE_POINTS - 1)
    points = (
        f"{index * across:.1f},{CURVE_HEIGHT * (1 - height):.1f}"
        for index, height in enumerate(heights)
    )
    return Curve(item, low, high, " ".join(points))


def _span(objective: Objective) -> tuple[float, float] | None:
    """The values to show: the usual range or the curve's, and the target with room around it."""
    if objective.desirability:
        ends = objective.desirability[0][0], objective.desirability[-1][0]
    else:
        usual = objective.usual_range()
        if usual is None:
            return None
        ends = usual
    if objective.target is not None:
        ends = min(ends[0], objective.target), max(ends[1], objective.target)
    margin = 0.1 * (ends[1] - ends[0])
    return ends[0] - margin, ends[1] + margin
