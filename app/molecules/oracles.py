"""The objectives that are computed, and where others come from, as a client sees them."""

from typing import Any, Literal

from pydantic import Field

from app.schemas import ReplySchema
from bayesopt.oracles import available_oracles, source_forms


class Oracle(ReplySchema):
    """One objective that is computed: a built-in one, or a function of the user's own."""

    name: str = Field(description="Name to use in a campaign.", examples=["qed"])
    unit: str = Field(description="Unit of its values.", examples=["1"])
    direction: Literal["maximize", "minimize"] | None = Field(
        description="The usual direction; null where neither is.", examples=["maximize"]
    )
    low: float | None = Field(
        description="Lower end of the usual range of drug-like molecules, in `unit`; null where "
        "it is unknown, as of a function of your own.",
        examples=[0],
    )
    high: float | None = Field(description="Upper end of that range.", examples=[1])
    minimum: float | None = Field(
        description="Least value that any molecule can have, in `unit`; null: no bound.",
        examples=[0],
    )
    maximum: float | None = Field(
        description="Greatest value that any molecule can have, in `unit`; null: no bound.",
        examples=[1],
    )
    source: str = Field(
        description="Where it is defined.", examples=["Bickerton et al., Nat. Chem. 4:90 (2012)"]
    )
    description: str = Field(description="What it measures.", examples=["drug-likeness"])
    parameters: dict[str, Any] = Field(
        description="JSON schema of its parameters; empty where it takes none.", examples=[{}]
    )


class OracleSource(ReplySchema):
    """Where the values of an objective may come from that has a name of the user's own."""

    source: str = Field(description="The objective's `source`.", examples=["model"])
    description: str = Field(
        description="Where its values come from.", examples=["a model of your data"]
    )
    parameters: dict[str, Any] = Field(
        description="JSON schema of the objective's `parameters`.", examples=[{}]
    )


def list_oracles() -> list[Oracle]:
    """Every objective of source ``computed``."""
    return [Oracle.model_validate(spec, from_attributes=True) for spec in available_oracles()]


def list_sources() -> list[OracleSource]:
    """Every other source with parameters."""
    return [
        OracleSource(
            source=form.name, description=form.description, parameters=dict(form.parameters)
        )
        for form in source_forms()
    ]
