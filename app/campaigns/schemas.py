"""What a client sends to the campaigns' endpoints."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, ValidationInfo, model_validator

from app.campaigns.fields import ASPIRIN, Name, Number
from app.campaigns.objective_schemas import ObjectiveSchema, explained
from app.campaigns.result_schemas import KnownResultSchema
from app.molecules.constraints import AlertsSchema, ConstraintSchema
from app.schemas import MAX_BATCH, MAX_ITEMS, STORED, RequestSchema, is_stored
from bayesopt.objectives import ScalarizationMethod
from bayesopt.spec import CampaignSpec
from bayesopt.trial import SearchMethod
from chemvae.seeds import MAX_SEED
from data.filters import CATALOGUES


class InitialSchema(RequestSchema):
    """Where the search starts."""

    smiles: list[str] = Field(
        default_factory=list,
        max_length=MAX_ITEMS,
        description="Molecules to begin with, as SMILES.",
        examples=[[ASPIRIN]],
    )
    num_samples: int = Field(
        default=20,
        ge=0,
        le=MAX_ITEMS,
        description="Molecules drawn from the model beside them.",
        examples=[20],
    )
    results: list[KnownResultSchema] = Field(
        default_factory=list,
        max_length=MAX_ITEMS,
        description="Molecules measured before: told at once, free of budget, never proposed. They "
        "become trials of the method `told`, and are left out where the campaign is read again.",
    )
    campaign_id: str | None = Field(
        default=None,
        max_length=32,
        description="An earlier campaign, whose evaluated molecules are told likewise, with the "
        "values of the objectives that both have.",
        examples=[None],
    )

    @property
    def is_empty(self) -> bool:
        """Whether the search would start from nothing."""
        return not (self.smiles or self.num_samples or self.results or self.campaign_id)


class OptimizerSchema(RequestSchema):
    """How the next molecules are chosen."""

    method: SearchMethod = Field(
        default="auto",
        description="`auto`: Bayesian optimisation in a trust region of the latent space; "
        "`random`: samples of the model's prior, the baseline; `genetic`: a genetic algorithm on "
        "molecular graphs, not bound to what the model can encode; `cma_es`: CMA-ES in the latent "
        "space; `gradient`: gradient ascent on the model's property heads, where it has one for "
        "every objective.",
        examples=["auto"],
    )
    fine_tune_every: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="After every so many evaluated molecules that meet the constraints, a copy of "
        "the model's decoder learns all of them, the better the more, so that a series which the "
        "model does not know decodes to its relatives. Costs computing time each time. Not with "
        "`genetic`. Null: the decoder stays as it is.",
        examples=[None],
    )


class BudgetSchema(RequestSchema):
    """When the campaign has done enough."""

    max_evaluations: int = Field(
        default=200, ge=1, le=100_000, description="Molecules evaluated in all.", examples=[500]
    )
    max_seconds: Number | None = Field(
        default=None,
        gt=0,
        description="Compute time in seconds, checked between iterations; pauses and waiting do "
        "not count. Null: no limit.",
        examples=[3600],
    )


class CampaignRequest(RequestSchema):
    """A campaign: what is wanted, where to start, and how much may be spent."""

    name: Name = Field(
        default="campaign",
        description="Name for people; need not be unique.",
        examples=["drug-like"],
    )
    objectives: list[ObjectiveSchema] = Field(
        min_length=1,
        max_length=20,
        description="What is wanted of a molecule.",
        examples=[[{"name": "qed", "direction": "maximize"}]],
    )
    constraints: list[ConstraintSchema] = Field(
        default_factory=lambda: list[ConstraintSchema]([AlertsSchema(alerts=list(CATALOGUES))]),
        max_length=50,
        description="What a molecule must satisfy, whatever its objectives. Left out: no "
        "structural alert of PAINS or BRENK; a list, even an empty one, is taken as it is.",
        examples=[[{"property": "molecular_weight", "max": 500}]],
    )
    scalarization: ScalarizationMethod = Field(
        default="weighted",
        description="How several objectives become one utility: `weighted`, the mean of their "
        "desirabilities by weight; `geometric`, their geometric mean, which is 0 where one is; "
        "`pareto`: the optimizer looks for the best trade-offs, and `weighted` ranks them.",
        examples=["weighted"],
    )
    initial: InitialSchema = Field(
        default_factory=lambda: InitialSchema(), description="Where the search starts."
    )
    optimizer: OptimizerSchema = Field(
        default_factory=lambda: OptimizerSchema(), description="How molecules are chosen."
    )
    budget: BudgetSchema = Field(
        default_factory=lambda: BudgetSchema(), description="When it has done enough."
    )
    batch_size: int = Field(
        default=8, ge=1, le=MAX_BATCH, description="Molecules proposed at a time.", examples=[8]
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=MAX_SEED,
        description="The same seed, model and request give the same molecules.",
        examples=[7],
    )
    model: str | None = Field(
        default=None,
        max_length=200,
        description="Name of the model; null: the service's default.",
        examples=["zinc250k"],
    )

    def to_domain(self, initial_smiles: tuple[str, ...] | None = None) -> CampaignSpec:
        """The specification that ``bayesopt`` runs, with other initial molecules if given."""
        return CampaignSpec(
            objectives=tuple(item.to_domain() for item in self.objectives),
            constraints=tuple(item.to_domain() for item in self.constraints),
            initial_smiles=tuple(self.initial.smiles) if initial_smiles is None else initial_smiles,
            num_initial_samples=self.initial.num_samples,
            batch_size=self.batch_size,
            seed=self.seed,
            method=self.optimizer.method,
            max_evaluations=self.budget.max_evaluations,
            scalarization=self.scalarization,
            fine_tune_every=self.optimizer.fine_tune_every,
        )

    def check(self) -> None:
        """Raise ``pydantic.ValidationError`` where the settings cannot be run together.

        The initial molecules are judged one by one elsewhere, each with its own pointer.
        """
        explained(lambda: self.to_domain(initial_smiles=()))

    @classmethod
    def of_stored(cls, data: Mapping[str, Any]) -> Self:
        """A request accepted before, also where it could not be run now.

        A function may have been uninstalled since, a host forbidden, a rule added: the campaign and
        its trials are still to be read.
        """
        return cls.model_validate(data, context=STORED)

    @model_validator(mode="after")
    def _can_be_run(self, info: ValidationInfo) -> Self:
        if is_stored(info):
            return self
        self.check()
        if self.initial.is_empty:
            raise ValueError("initial: give smiles, num_samples, results or campaign_id")
        return self
