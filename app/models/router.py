"""The models that are served."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.models.dependencies import Models
from app.models.schemas import ModelCard
from app.models.store import ModelStore
from app.pagination import Page

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("")
def list_models(models: Models) -> Page[ModelCard]:
    """Every model, with its card."""
    cards = [_card(models, name) for name in models.names()]
    return Page(items=cards, total=len(cards), next=None)


@router.get("/{name}")
def read_model(
    name: Annotated[str, Path(description="Name of the model.", examples=["zinc250k"])],
    models: Models,
) -> ModelCard:
    """One model, with its card."""
    return _card(models, name)


def _card(models: ModelStore, name: str) -> ModelCard:
    model = models.get(name)
    return ModelCard(
        name=name,
        is_default=name == models.default,
        latent_dim=model.latent_dim,
        weights_sha256=model.fingerprint,
        labels=list(model.conditions),
        properties=list(model.properties),
        card=models.card(name),
    )
