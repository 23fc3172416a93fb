"""From the form to the request it stands for, with the field that each part came from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from app.pages.campaigns.creation.form import Form, ObjectiveFields
from data.errors import DatasetError
from data.readers import Record, read_stream


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and the field to mend it in."""

    field: str
    text: str
    line: int | None = None


@dataclass(slots=True)
class Draft:
    """A request in the making."""

    body: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Field of each part of the body, by JSON pointer."""
    lines: dict[str, int] = field(default_factory=dict)
    """Line within its field, of the parts that have one."""
    problems: list[Problem] = field(default_factory=list)

    def problem(self, pointer: str, text: str) -> Problem:
        """The problem of a part, or of the nearest part around it that has a field."""
        # What is wrong with the whole names the member at its beginning.
        where = pointer or "/" + text.partition(":")[0]
        while where and where not in self.places:
            where = where.rpartition("/")[0]
        return Problem(self.places.get(where, "name"), text, self.lines.get(where))


def draft(form: Form) -> Draft:
    """What the form asks for; text that is no number stays text, for the schema to refuse."""
    made = Draft(places={"/objectives": "add-objective", "/scalarization": "scalarization"})
    made.body["name"] = form.name.strip() or "campaign"
    made.places["/name"] = "name"
    made.body["objectives"] = [
        _objective(made, index, item) for index, item in enumerate(form.objectives)
    ]
    made.body["constraints"] = []
    for constraint, name in _constraints(form):
        made.places[f"/constraints/{len(made.body['constraints'])}"] = name
        made.body["constraints"].append(constraint)
    if len(form.objectives) > 1:
        made.body["scalarization"] = form.scalarization
    made.body["initial"] = _initial(made, form)
    made.body["optimizer"] = {"method": form.method} | _numbers(
        fine_tune_every=form.fine_tune_every
    )
    made.body["budget"] = _numbers(
        max_evaluations=form.max_evaluations, max_seconds=form.max_seconds
    )
    made.body |= _numbers(batch_size=form.batch_size, seed=form.seed)
    if form.model:
        made.body["model"] = form.model
    made.places |= {
        "/optimizer": "method",
        "/optimizer/fine_tune_every": "fine_tune_every",
        "/budget": "max_evaluations",
        "/budget/max_seconds": "max_seconds",
        "/batch_size": "batch_size",
        "/seed": "seed",
        "/model": "model",
    }
    return made


def _objective(made: Draft, index: int, item: ObjectiveFields) -> dict[str, Any]:
    pointer = f"/objectives/{index}"
    made.places |= {
        f"{pointer}/{part}": f"o{index}.{name}"
        for part, name in {
            "name": "name",
            "direction": "goal",
            "target": "target",
            "tolerance": "tolerance",
            "weight": "weight",
            "low": "low",
            "high": "high",
            "desirability": "curve",
        }.items()
    }
    made.places[pointer] = f"o{index}.name"
    body: dict[str, Any] = {"name": item.name.strip()}
    if item.source != "computed":
        body["source"] = item.source
    if item.goal == "curve":
        body["desirability"] = _curve(item.curve)
    else:
        body["direction"] = item.goal
    if item.goal == "target":
        body |= _numbers(target=item.target, tolerance=item.tolerance)
    body |= _numbers(weight=item.weight, low=item.low, high=item.high)
    if parameters := _parameters(made, f"o{index}", item):
        body["parameters"] = parameters
        source = {"model": "data", "http": "url"}.get(item.source, "reference")
        made.places[f"{pointer}/parameters"] = f"o{index}.{source}"
    return body


def _parameters(made: Draft, prefix: str, item: ObjectiveFields) -> dict[str, Any]:
    if item.source == "model":
        rows = _table(made, f"{prefix}.data", item.data)
        return {
            "data": [
                {"smiles": row.smiles, "value": _number(row.cells.get("value", ""))} for row in rows
            ]
        }
    if item.source == "http":
        return {"url": item.url.strip()}
    return {"smiles": item.reference.strip()} if item.reference.strip() else {}


def _curve(text: str) -> list[dict[str, Any]]:
    points = (pair.partition(":") for pair in text.replace(",", " ").split())
    return [{"x": _number(x), "y": _number(y)} for x, _, y in points]


def _constraints(form: Form) -> Iterator[tuple[dict[str, Any], str]]:
    for name, window in form.windows.items():
        if not window.is_open:
            bound = "min" if window.min else "max"
            yield (
                {"property": name, **_numbers(min=window.min, max=window.max)},
                f"{bound}.{name}",
            )
    for smarts in _lines(form.required):
        yield {"smarts": smarts, "required": True}, "required"
    for smarts in _lines(form.forbidden):
        yield {"smarts": smarts, "required": False}, "forbidden"
    if form.alerts:
        yield {"alerts": list(form.alerts)}, "alerts"
    if similar := list(_lines(form.similar_to)):
        least = _number(form.min_similarity or "0.4")
        yield (
            {"similar_to": similar[0] if len(similar) == 1 else similar, "min_similarity": least},
            "similar_to",
        )


def _initial(made: Draft, form: Form) -> dict[str, Any]:
    molecules = list(read_stream(BytesIO(form.molecules.encode()), "smi"))
    made.places |= {
        "/initial": "molecules",
        "/initial/num_samples": "num_samples",
        "/initial/results": "results",
        "/initial/campaign_id": "campaign_id",
    }
    initial = _numbers(num_samples=form.num_samples)
    if molecules:
        initial["smiles"] = [record.smiles for record in molecules]
        _locate(made, "/initial/smiles", "molecules", molecules)
    names = [item.name.strip() for item in form.objectives]
    rows = [row for row in _table(made, "results", form.results) if _values(row, names)]
    if rows:
        initial["results"] = [{"smiles": row.smiles, "values": _values(row, names)} for row in rows]
        _locate(made, "/initial/results", "results", rows)
    if form.campaign_id:
        initial["campaign_id"] = form.campaign_id
    return initial


def _locate(made: Draft, pointer: str, name: str, records: Iterable[Record]) -> None:
    for index, record in enumerate(records):
        made.places[f"{pointer}/{index}"] = name
        made.lines[f"{pointer}/{index}"] = record.line


def _table(made: Draft, name: str, text: str) -> list[Record]:
    if not text.strip():
        return []
    try:
        records = list(read_stream(BytesIO(text.encode()), "csv"))
    except DatasetError as error:
        made.problems.append(Problem(name, str(error).removeprefix("the file: ")))
        return []
    made.problems += [
        Problem(name, record.refusal.message, record.line)
        for record in records
        if record.refusal is not None
    ]
    return [record for record in records if record.refusal is None]


def _values(row: Record, names: Iterable[str]) -> Mapping[str, Any]:
    cells = {name: row.cells.get(name, "").strip() for name in names}
    return {name: _number(cell) for name, cell in cells.items() if cell}


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _numbers(**texts: str) -> dict[str, Any]:
    return {name: _number(text) for name, text in texts.items() if text.strip()}


def _number(text: str) -> int | float | str:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
