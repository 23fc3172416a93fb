"""What chemists call what the API calls by a name of its own."""

from app.campaigns.objective_schemas import ObjectiveSchema
from app.campaigns.states import State

LABELS = {
    "qed": "QED",
    "sas": "SA score",
    "logp": "logP",
    "penalized_logp": "penalised logP",
    "molecular_weight": "mol. weight",
    "tpsa": "TPSA",
    "hbd": "H-bond donors",
    "hba": "H-bond acceptors",
    "rotatable_bonds": "rotatable bonds",
    "ring_count": "rings",
    "heavy_atoms": "heavy atoms",
    "similarity": "similarity",
}

STATES: dict[State, str] = {
    State.RUNNING: "Running",
    State.WAITING: "Waiting for values",
    State.DRAFT: "Draft",
    State.PAUSED: "Paused",
    State.SUCCEEDED: "Done",
    State.CANCELLED: "Cancelled",
    State.FAILED: "Failed",
}


def label(name: str) -> str:
    """Of a property or an objective; one of the user's own keeps its name."""
    return LABELS.get(name, name)


def goal(objective: ObjectiveSchema) -> str:
    """What is wanted of it, in a sign or two."""
    if objective.desirability:
        return "curve"
    if objective.direction == "target":
        wanted = f"= {objective.target:g}"
        return f"{wanted} ± {objective.tolerance:g}" if objective.tolerance else wanted
    return {"maximize": "↑", "minimize": "↓"}[objective.direction]


def goal_in_words(objective: ObjectiveSchema) -> str:
    """The same for who does not see signs."""
    if objective.desirability:
        return "by its curve"
    if objective.direction == "target":
        return goal(objective)
    return {"maximize": "as high as possible", "minimize": "as low as possible"}[
        objective.direction
    ]


_FIELDS = {
    "add-objective": "objectives",
    "name": "campaign",
    "max_evaluations": "budget",
    "batch_size": "batch",
}


def where(field: str) -> str:
    """Of a field of the form of a new campaign."""
    objective, _, part = field.partition(".")
    if objective in ("min", "max"):
        return label(part)
    if part:
        return f"objective {int(objective.removeprefix('o')) + 1}"
    return _FIELDS.get(field, field.replace("_", " "))
