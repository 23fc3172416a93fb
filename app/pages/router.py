"""Every page, one module each."""

from fastapi import FastAPI

from app.pages import assets, sign_in
from app.pages.campaigns import listing

MODULES = (assets, sign_in, listing)


def add_pages(app: FastAPI) -> None:
    """Serve the pages beside the API."""
    for module in MODULES:
        app.include_router(module.router)
