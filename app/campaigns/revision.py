"""``PATCH`` of a campaign: what may change on the way, and its versions."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from app.campaigns.fields import Name
from app.campaigns.objective_schemas import ObjectiveSchema
from app.campaigns.replies import WHEN
from app.campaigns.repository import CampaignRepository
from app.campaigns.schemas import BudgetSchema, CampaignRequest
from app.campaigns.tables import CampaignRow, ObjectiveVersionRow
from app.molecules.constraints import ConstraintSchema
from app.schemas import MAX_BATCH, ReplySchema, RequestSchema
from bayesopt.objectives import ScalarizationMethod

VERSIONED = ("objectives", "constraints", "scalarization")
"""Members whose change makes a new version."""


class CampaignPatch(RequestSchema):
    """What changes in a campaign; a member that is left out stays as it is."""

    name: Name | None = Field(default=None, description="Name for people.", examples=["drug-like"])
    objectives: list[ObjectiveSchema] | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="All that is wanted from now on; what is stored is scored anew.",
        examples=[[{"name": "qed", "direction": "maximize"}]],
    )
    constraints: list[ConstraintSchema] | None = Field(
        default=None,
        max_length=50,
        description="All that a molecule must satisfy from now on; what is stored is judged anew.",
        examples=[[{"property": "molecular_weight", "max": 400}]],
    )
    scalarization: ScalarizationMethod | None = Field(
        default=None,
        description="How several objectives become one utility from now on; what is stored is "
        "scored anew.",
        examples=["geometric"],
    )
    budget: BudgetSchema | None = Field(
        default=None, description="When it has done enough, in all."
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        le=MAX_BATCH,
        description="Molecules proposed at a time.",
        examples=[8],
    )

    @property
    def renames_only(self) -> bool:
        """Whether nothing changes that a trial depends on."""
        return self.model_fields_set <= {"name"}

    def applied(self, request: CampaignRequest) -> CampaignRequest:
        """``request`` with the changes.

        Raises:
            pydantic.ValidationError: together they cannot be run.
        """
        data, changes = request.model_dump(mode="json"), self.model_dump(exclude_unset=True)
        budget = data["budget"] | changes.pop("budget", {})
        changed = CampaignRequest.of_stored(data | changes | {"budget": budget})
        changed.check()
        return changed

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"give one of {', '.join(type(self).model_fields)}")
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                raise ValueError(f"{name} is null; leave out what stays as it is")
        return self


class ObjectiveVersionReply(ReplySchema):
    """What a campaign wanted for a time, or wants now."""

    version: int = Field(description="Its number, from 1.", examples=[1])
    objectives: list[ObjectiveSchema] = Field(description="What was wanted.")
    constraints: list[ConstraintSchema] = Field(description="What a molecule had to satisfy.")
    scalarization: ScalarizationMethod = Field(
        description="How the objectives became one utility.", examples=["weighted"]
    )
    created_at: datetime = Field(description="When it came into force (UTC).", examples=[WHEN])

    @classmethod
    def of(cls, row: ObjectiveVersionRow) -> "ObjectiveVersionReply":
        """From the row."""
        return cls.model_validate(row, from_attributes=True)


def write_request(
    repository: CampaignRepository,
    campaign: CampaignRow,
    before: CampaignRequest,
    after: CampaignRequest,
) -> None:
    """Store what may change of a request; what is `VERSIONED` as a new version."""
    data = after.model_dump(mode="json")
    campaign.name = after.name
    campaign.settings = campaign.settings | {name: data[name] for name in ("budget", "batch_size")}
    if any(getattr(before, name) != getattr(after, name) for name in VERSIONED):
        campaign.objective_version += 1
        repository.add_version(
            ObjectiveVersionRow(
                campaign_id=campaign.id,
                version=campaign.objective_version,
                **{name: data[name] for name in VERSIONED},
            )
        )
    repository.session.flush()
