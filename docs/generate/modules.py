"""The Python reference: a page a package, its text taken from the docstrings by mkdocstrings."""

import ast
from pathlib import Path

FOLDER = "reference/python"
PACKAGES = {
    "app.client": "The typed client of the service; imports no torch. Requests and replies are "
    "made of what [the HTTP schemas](../http/schemas.md) name and explain.",
    "bayesopt": "Ask, evaluate, tell.",
    "bayesopt.oracles": "What gives molecules a value.",
    "bayesopt.proposers": "How the next molecules are chosen.",
    "bayesopt.surrogates": "What is believed of molecules that have no value yet.",
    "chemvae": "SMILES to latent and back.",
    "chemvae.decoding": "From latents to strings, with the automaton or without.",
    "chemvae.evaluation": "Every number of the scoreboard.",
    "chemvae.latent": "Paths, neighbours, radii and maps.",
    "chemvae.priors": "Where samples come from.",
    "chemvae.training": "From a table of molecules to a checkpoint.",
    "data": "Molecules, properties, filters, data sets.",
}
"""Packages with a page, and what they are for."""


def pages(root: Path) -> dict[str, str]:
    """Path and Markdown of every page; modules without a public name are left out."""
    return {f"{FOLDER}/{package}.md": _page(root, package) for package in PACKAGES}


def _page(root: Path, package: str) -> str:
    folder = root.joinpath(*package.split("."))
    files = [file for file in sorted(folder.glob("*.py")) if _has_public_name(file)]
    sections = [
        f"## {file.stem} {{ #{package}.{file.stem}-module }}\n\n::: {package}.{file.stem}\n"
        f"    options: {{show_root_heading: false, show_root_toc_entry: false}}\n"
        for file in files
        if file.stem != "__init__"
    ]
    return "\n".join([f"# {package}", "", PACKAGES[package], "", *sections])


def _has_public_name(file: Path) -> bool:
    """Whether a class or function without an underscore has a docstring there."""
    return any(
        isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is not None
        for node in ast.parse(file.read_text()).body
    )
