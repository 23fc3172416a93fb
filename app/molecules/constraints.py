"""What a molecule must satisfy, as a client writes it; campaigns and sampling share it."""

from abc import abstractmethod
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, ValidationInfo, model_validator

from app.schemas import UNION_TAG, RequestSchema, is_stored, located
from bayesopt.constraints import Alerts, Constraint, PropertyWindow, SimilarTo, Substructure
from bayesopt.errors import SpecError


class _ConstraintSchema(RequestSchema):
    """A constraint is checked by building it: the rules are the domain's, and only there."""

    @abstractmethod
    def to_domain(self) -> Constraint:
        """The constraint itself."""

    @model_validator(mode="after")
    def _can_be_built(self, info: ValidationInfo) -> Self:
        if is_stored(info):
            return self
        try:
            self.to_domain()
        except SpecError as error:
            raise located(error) from error
        return self


class PropertyWindowSchema(_ConstraintSchema):
    """A computed property between two bounds, either of which may be left open."""

    property: str = Field(description="Name of a computed property.", examples=["molecular_weight"])
    min: float | None = Field(
        None,
        description="Least accepted value, in the property's unit; null: no bound.",
        examples=[200],
    )
    max: float | None = Field(
        None,
        description="Greatest accepted value, in the property's unit; null: no bound.",
        examples=[500],
    )

    def to_domain(self) -> Constraint:
        """The constraint itself."""
        return PropertyWindow(self.property, self.min, self.max)


class SubstructureSchema(_ConstraintSchema):
    """A pattern the molecule must have, or must not."""

    smarts: str = Field(description="The pattern as SMARTS.", examples=["c1ccncc1"])
    required: bool = Field(
        True, description="true: must be present; false: must be absent.", examples=[True]
    )

    def to_domain(self) -> Constraint:
        """The constraint itself."""
        return Substructure(self.smarts, self.required)


class AlertsSchema(_ConstraintSchema):
    """No structural alert of the named catalogues."""

    alerts: list[str] = Field(
        max_length=10,
        description="Catalogues of unwanted substructures: PAINS, BRENK.",
        examples=[["PAINS", "BRENK"]],
    )

    def to_domain(self) -> Constraint:
        """The constraint itself."""
        return Alerts(tuple(self.alerts))


class SimilarToSchema(_ConstraintSchema):
    """A molecule it must resemble, or one of several."""

    similar_to: str | list[str] = Field(
        description="The molecule as SMILES, or a list of up to 100, of which the nearest counts.",
        examples=["CC(=O)Oc1ccccc1C(=O)O"],
    )
    min_similarity: float = Field(
        description="Least Tanimoto similarity of the Morgan fingerprints, 0 to 1.",
        examples=[0.4],
    )

    def to_domain(self) -> Constraint:
        """The constraint itself."""
        given = self.similar_to
        return SimilarTo(given if isinstance(given, str) else tuple(given), self.min_similarity)


def _kind(value: object) -> str | None:
    """The tag of the one form whose defining key ``value`` has."""
    given = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    keys = [key for key in ("property", "smarts", "alerts", "similar_to") if key in given]
    return UNION_TAG + keys[0] if len(keys) == 1 else None


ConstraintSchema = Annotated[
    Annotated[PropertyWindowSchema, Tag(UNION_TAG + "property")]
    | Annotated[SubstructureSchema, Tag(UNION_TAG + "smarts")]
    | Annotated[AlertsSchema, Tag(UNION_TAG + "alerts")]
    | Annotated[SimilarToSchema, Tag(UNION_TAG + "similar_to")],
    Discriminator(
        _kind,
        custom_error_type="unknown_constraint",
        custom_error_message=(
            "a constraint has exactly one of the keys property, smarts, alerts, similar_to"
        ),
    ),
]
