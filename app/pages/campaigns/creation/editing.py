"""The part of a form that says what is wanted: what it offers, an objective more or less."""

from typing import Any

from starlette.datastructures import FormData

from app.molecules.oracles import list_oracles
from app.pages.campaigns.creation.form import Form, ObjectiveFields
from data.filters import CATALOGUES
from data.properties import PROPERTIES


def choices() -> dict[str, Any]:
    """What its templates need beside the form."""
    return {"oracles": list_oracles(), "properties": PROPERTIES, "catalogues": CATALOGUES}


def edited(sent: FormData) -> Form:
    """The form that was sent, as the button that sent it changes it."""
    form = Form.of(sent)
    action, _, argument = str(sent.get("action", "")).partition(":")
    if action == "add-objective":
        return form.with_objective(_objective(str(sent.get("objective", ""))))
    if action == "remove-objective" and argument.isdecimal():
        return form.without_objective(int(argument))
    return form


def _objective(name: str) -> ObjectiveFields:
    """A computed one in its usual direction, or one of the user's own from the bench."""
    usual = {oracle.name: oracle for oracle in list_oracles()}
    if name in ("measured", "model", "http"):
        return ObjectiveFields(source=name)
    if name not in usual:
        return ObjectiveFields(name=name)
    return ObjectiveFields(name=name, goal=usual[name].direction or "target")
