"""The objectives that are computed, as a client sees them."""

from typing import Any, Literal

from pydantic import Field

from app.schemas import ReplySchema
from bayesopt.oracles import available_oracles


class Oracle(ReplySchema):
    """One built-in objective."""

    name: str = Field(description="Name to use in a campaign.", examples=["qed"])
    unit: str = Field(description="Unit of its values.", examples=["1"])
    direction: Literal["maximize", "minimize"] | None = Field(
        description="The usual direction; null where neither is.", examples=["maximize"]
    )
    low: float = Field(
        description="Lower end of the usual range of drug-like molecules, in `unit`.", examples=[0]
    )
    high: float = Field(
        description="Upper end of the usual range of drug-like molecules, in `unit`.", examples=[1]
    )
    source: str = Field(
        description="Where it is defined.", examples=["Bickerton et al., Nat. Chem. 4:90 (2012)"]
    )
    description: str = Field(description="What it measures.", examples=["drug-likeness"])
    parameters: dict[str, Any] = Field(
        description="JSON schema of its parameters; empty where it takes none.", examples=[{}]
    )


def list_oracles() -> list[Oracle]:
    """Every built-in objective."""
    return [Oracle.model_validate(spec, from_attributes=True) for spec in available_oracles()]
