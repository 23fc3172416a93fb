"""``POST /v1/complete``; it answers as ``/v1/sample`` does."""

from pydantic import Field

from app.molecules.schemas.fields import ASPIRIN, Labels, Temperature
from app.molecules.schemas.sample import MoleculesRequest
from data.limits import MAX_SMILES_LENGTH


class CompleteRequest(MoleculesRequest):
    """A fragment to continue to whole molecules."""

    fragment: str = Field(
        min_length=1,
        max_length=MAX_SMILES_LENGTH,
        description="A scaffold as SMILES with its one open end marked `*` or `[*:1]`: every "
        "molecule contains it, with something bound there. Without a `*`: the beginning of a "
        "SMILES string, which every decoded string begins with.",
        examples=["O=C(N*)c1ccccc1"],
    )
    temperature: Temperature = 1.0
    smiles: str | None = Field(
        None,
        description="Continue at this molecule's latent; null: at samples of the prior.",
        examples=[ASPIRIN],
    )
    labels: Labels = Field(default_factory=dict)
