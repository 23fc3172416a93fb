"""How a route gets at the models."""

from typing import Annotated

from fastapi import Depends, Request

from app.models.store import ModelStore


async def _model_store(request: Request) -> ModelStore:
    store: ModelStore = request.app.state.models
    return store


Models = Annotated[ModelStore, Depends(_model_store)]
