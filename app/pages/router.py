"""Every page, one module each."""

from fastapi import FastAPI

from app.pages import assets, reference, sign_in
from app.pages.campaigns import comparing, listing
from app.pages.campaigns.creation import routes as creation
from app.pages.campaigns.one import log, model, molecules, overview, revise
from app.pages.explore import routes as explore
from app.pages.latent_map import routes as latent_map
from app.pages.molecules import routes as molecule
from app.pages.rendering import compile_templates

MODULES = (
    assets,
    sign_in,
    listing,
    comparing,
    creation,
    overview,
    molecules,
    model,
    log,
    revise,
    explore,
    molecule,
    latent_map,
    reference,
)


def add_pages(app: FastAPI) -> None:
    """Serve the pages beside the API."""
    compile_templates()
    for module in MODULES:
        app.include_router(module.router)
