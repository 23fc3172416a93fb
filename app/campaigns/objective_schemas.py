"""What a client sends of an objective."""

from collections.abc import Callable
from typing import Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from app.campaigns.fields import Number, Parameters
from app.schemas import RequestSchema, is_stored, located
from bayesopt.errors import SpecError
from bayesopt.objectives import Objective


class DesirabilityPoint(RequestSchema):
    """One point of a desirability curve."""

    x: Number = Field(description="A value, in the objective's unit.", examples=[2.5])
    y: Number = Field(description="How good it is, from 0 to 1 (no unit).", examples=[1.0])


class ObjectiveSchema(RequestSchema):
    """One property to push up, down, or to a target."""

    name: str = Field(
        min_length=1,
        max_length=100,
        # It becomes the name of a field in SD files and tables.
        pattern=r"^[^<>\x00-\x1f]+$",
        description="A computed objective (`GET /v1/oracles`), or, of any other source, a name of "
        "your own.",
        examples=["qed"],
    )
    direction: Literal["maximize", "minimize", "target"] = Field(
        default="maximize", description="Which way is better.", examples=["maximize"]
    )
    target: Number | None = Field(
        default=None,
        description="Wanted value in the objective's unit; with `target`.",
        examples=[2.5],
    )
    tolerance: Number = Field(
        default=0.0,
        description="Distance from the target that is as good as the target; same unit.",
        examples=[0.5],
    )
    weight: Number = Field(
        default=1.0,
        description="Importance relative to the other objectives (no unit).",
        examples=[1.0],
    )
    source: Literal["computed", "measured", "model", "http"] = Field(
        default="computed",
        description="`computed` by the service; `measured` at the bench and sent as results; "
        "`model`: predicted from measured molecules that the parameters hold; `http`: asked of "
        "another service. Parameters of the last two: `GET /v1/oracles/sources`.",
        examples=["computed"],
    )
    parameters: Parameters = Field(
        default_factory=dict,
        description="Parameters of the objective, as its schema in `GET /v1/oracles` says.",
        examples=[{}],
    )
    low: Number | None = Field(
        default=None,
        description="Lower end of the usual range, in the objective's unit: sets the scale among "
        "several objectives; null: the built-in's own, or the values told so far.",
        examples=[0.0],
    )
    high: Number | None = Field(
        default=None, description="Upper end of that range.", examples=[1.0]
    )
    desirability: list[DesirabilityPoint] | None = Field(
        default=None,
        min_length=2,
        max_length=100,
        description="How good a value is, from 0 to 1: points with rising x, joined by straight "
        "lines, flat outside. It alone scores the values then, without range or target; "
        "`direction` still says which way a model's penalty leans. Null: direction and range do.",
        examples=[[{"x": 1, "y": 0}, {"x": 2, "y": 1}, {"x": 3, "y": 1}, {"x": 5, "y": 0}]],
    )

    def to_domain(self) -> Objective:
        """The objective itself; raises ``SpecError``."""
        return Objective.from_dict(self.model_dump())

    @model_validator(mode="after")
    def _can_be_run(self, info: ValidationInfo) -> Self:
        if not is_stored(info):
            explained(self.to_domain)
        return self


def explained(build: Callable[[], object]) -> None:
    """Turn a ``SpecError`` into the error that pydantic reports at the offending member."""
    try:
        build()
    except SpecError as error:
        raise located(error) from error
