"""The form filled in: from a request that was accepted, or from a recipe."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.campaigns.objective_schemas import ObjectiveSchema
from app.campaigns.schemas import CampaignRequest
from app.molecules.constraints import (
    AlertsSchema,
    PropertyWindowSchema,
    SimilarToSchema,
    SubstructureSchema,
)
from app.pages.campaigns.creation.form import Form, ObjectiveFields, Window


@dataclass(frozen=True, slots=True)
class Recipe:
    """A form to start from."""

    title: str
    hint: str
    """What is still to be given."""
    form: Form


BLANK = Form(objectives=(ObjectiveFields(name="qed"),))

_WEIGHT = {"molecular_weight": Window("", "500")}

RECIPES: Mapping[str, Recipe] = {
    "drug-like": Recipe(
        "Drug-like and easy to make",
        "Runs as it is.",
        Form(
            name="Drug-like and easy to make",
            objectives=(
                ObjectiveFields(name="qed"),
                ObjectiveFields(name="sas", goal="minimize"),
            ),
            windows=_WEIGHT,
        ),
    ),
    "scaffold": Recipe(
        "logP 2.5 keeping this scaffold",
        "Put your own scaffold in place of the pyridine, and a molecule or two that have it.",
        Form(
            name="logP 2.5 keeping the pyridine",
            objectives=(
                ObjectiveFields(name="logp", goal="target", target="2.5", tolerance="0.3"),
                ObjectiveFields(name="qed"),
            ),
            windows=_WEIGHT,
            required="c1ccncc1",
            molecules="CC(=O)Nc1ccncc1\nCOc1ccnc(N2CCOCC2)c1\n",
        ),
    ),
    "measured": Recipe(
        "My measured compounds",
        "Give your table: a column smiles, and one named after what you measured. The campaign "
        "suggests molecules, waits for what you measure of them, and suggests better ones.",
        Form(
            name="Next batch for the bench",
            objectives=(ObjectiveFields(name="pIC50", source="measured", low="4", high="9"),),
            windows=_WEIGHT,
            results="smiles,pIC50\n",
            max_evaluations="60",
            batch_size="6",
            num_samples="0",
        ),
    ),
}


def of_request(request: CampaignRequest) -> Form:
    """The form that asks for the same; results that it told are no part of what is stored."""
    form = Form(
        name=request.name,
        objectives=tuple(_objective(item) for item in request.objectives),
        alerts=(),
        molecules="".join(f"{smiles}\n" for smiles in request.initial.smiles),
        campaign_id=request.initial.campaign_id or "",
        num_samples=str(request.initial.num_samples),
        scalarization=request.scalarization,
        method=request.optimizer.method,
        max_evaluations=str(request.budget.max_evaluations),
        max_seconds=_text(request.budget.max_seconds),
        fine_tune_every=_text(request.optimizer.fine_tune_every),
        batch_size=str(request.batch_size),
        seed=str(request.seed),
        model=request.model or "",
    )
    for constraint in request.constraints:
        form = _constrained(form, constraint)
    return form


def _objective(item: ObjectiveSchema) -> ObjectiveFields:
    points = item.desirability or ()
    parameters: Mapping[str, Any] = item.parameters
    rows = (f"{row['smiles']},{row['value']}\n" for row in parameters.get("data", ()))
    return ObjectiveFields(
        name=item.name,
        source=item.source,
        goal="curve" if item.desirability else item.direction,
        target=_text(item.target),
        tolerance=_text(item.tolerance or None),
        weight=_text(None if item.weight == 1 else item.weight),
        low=_text(item.low),
        high=_text(item.high),
        curve=" ".join(f"{point.x:g}:{point.y:g}" for point in points),
        reference=str(parameters.get("smiles", "")),
        data="".join(["smiles,value\n", *rows]) if item.source == "model" else "",
        url=str(parameters.get("url", "")),
    )


def _constrained(form: Form, constraint: object) -> Form:
    match constraint:
        case PropertyWindowSchema():
            window = Window(_text(constraint.min), _text(constraint.max))
            return replace(form, windows={**form.windows, constraint.property: window})
        case SubstructureSchema(required=True):
            return replace(form, required=f"{form.required}{constraint.smarts}\n")
        case SubstructureSchema():
            return replace(form, forbidden=f"{form.forbidden}{constraint.smarts}\n")
        case AlertsSchema():
            return replace(form, alerts=tuple(constraint.alerts))
        case SimilarToSchema():
            given = constraint.similar_to
            molecules = [given] if isinstance(given, str) else given
            return replace(
                form,
                similar_to="".join(f"{smiles}\n" for smiles in molecules),
                min_similarity=_text(constraint.min_similarity),
            )
    return form


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
