"""The diagrams of the architecture page."""

import itertools
import tomllib
from pathlib import Path

from docs.generate.diagrams import Arrow, Box, drawing

ROOT = Path(__file__).parents[2]
KNOWS = {
    "app": ("HTTP, database, execution, the typed client", "FastAPI, SQLAlchemy, DBOS, httpx"),
    "bayesopt": (
        "objectives, oracles, surrogates, ask / tell",
        "BoTorch, GPyTorch; no HTTP, no SQL",
    ),
    "chemvae": ("tokens, GRU encoder and decoder, priors, automaton", "PyTorch, Lightning"),
    "data": ("molecules, properties, filters, data sets", "RDKit; no torch"),
}


def packages(_: str) -> str:
    """The layers, in the order that the import contract of `pyproject.toml` enforces."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [c["layers"] for c in contracts["contracts"] if c["type"] == "layers"]
    boxes = [
        Box(10, 10 + 92 * place, 430, f"{name}/", KNOWS[name], "strong" if not place else "plain")
        for place, name in enumerate(layers)
    ]
    arrows = [
        Arrow((one.at("bottom"), two.at("top")), "imports", (235, one.at("bottom")[1] + 16))
        for one, two in itertools.pairwise(boxes)
    ]
    model = boxes[layers.index("bayesopt")]
    protocol = Box(
        500, model.y, 250, "LatentModel", ("a protocol: encode, decode,", "prior, heads")
    )
    codec = Box(500, model.y + 92, 250, "MoleculeCodec", ("fulfils it without", "knowing of it"))
    seam = [
        Arrow((model.at("right"), protocol.at("left")), "", kind="quiet"),
        Arrow((codec.at("top"), protocol.at("bottom")), "is one", (632, codec.y - 8), kind="quiet"),
        Arrow(((440, codec.y + 34), codec.at("left")), "", kind="quiet"),
    ]
    about = f"Packages import in one direction: {', '.join(layers)}."
    return drawing(
        "packages", 770, 10 + 92 * len(layers), about, [*arrows, *seam, *boxes, protocol, codec]
    )


def loop(_: str) -> str:
    """Ask and tell."""
    known = Box(5, 66, 178, "What is known", ("molecules with values,", "yours and computed"))
    model = Box(
        228, 5, 208, "Surrogate", ("a GP a property, on latents", "and fingerprints"), "strong"
    )
    picked = Box(480, 66, 165, "Next batch", ("decoded, valid, new,", "within constraints"))
    bench = Box(
        228, 128, 208, "Oracle or bench", ("computes, or measures;", "late, twice, or never")
    )
    arrows = [
        Arrow((known.at("top"), (94, 39), model.at("left")), "fit", (140, 32)),
        Arrow((model.at("right"), (562, 39), picked.at("top")), "ask", (490, 32)),
        Arrow((picked.at("bottom"), (562, 162), bench.at("right")), "make", (486, 180)),
        Arrow((bench.at("left"), (94, 162), known.at("bottom")), "tell", (140, 180)),
    ]
    about = "Known molecules train a surrogate, it picks the next batch, the bench measures it."
    return drawing("loop", 650, 202, about, [*arrows, known, model, picked, bench])


def trial(_: str) -> str:
    """What becomes of a suggestion, and what is written of it."""
    ask = Box(
        10, 10, 225, "Proposed", ("latent asked (or a bred graph),", "method, seed"), "strong"
    )
    decode = Box(
        270, 10, 225, "Decoded", ("greedy under the automaton;", "canonical SMILES, InChIKey")
    )
    screen = Box(
        530, 10, 225, "Screened", ("constraints; new to the", "campaign; re-encoded latent")
    )
    wait = Box(530, 130, 225, "pending", ("prediction: mean, sd,", "acquisition; nearest; why"))
    done = Box(
        270,
        130,
        225,
        "evaluated",
        ("a value an objective, with", "source, time and history"),
        "good",
    )
    part = Box(270, 240, 225, "partial", ("some values are missing;", "they inform all the same"))
    bad = Box(
        10,
        130,
        225,
        "infeasible",
        ("invalid, constraint broken,", "oracle failed: the reason"),
        "bad",
    )
    gone = Box(530, 240, 225, "abandoned", ("no value will come;", "never suggested again"), "bad")
    back = Box(10, 240, 225, "withdrawn", ("values taken back, kept", "in the history"), "bad")
    arrows = [
        Arrow((ask.at("right"), decode.at("left"))),
        Arrow((decode.at("right"), screen.at("left"))),
        Arrow((screen.at("bottom"), wait.at("top"))),
        Arrow((wait.at("left"), done.at("right"))),
        Arrow((wait.at("bottom"), gone.at("top"))),
        Arrow((wait.at("left", 0.8), (512, wait.at("left", 0.8)[1]), (512, 274), part.at("right"))),
        Arrow((part.at("top"), done.at("bottom"))),
        Arrow((decode.at("bottom", 0.2), (315, 104), (122, 104), bad.at("top"))),
        Arrow((done.at("left"), (252, 164), (252, 274), back.at("right"))),
    ]
    about = (
        "A trial is proposed, decoded and screened; then pending until it is evaluated, partial, "
        "abandoned or withdrawn, or infeasible with the reason."
    )
    boxes = [ask, decode, screen, wait, done, part, bad, gone, back]
    return drawing("trial", 765, 325, about, [*arrows, *boxes])


def processes(_: str) -> str:
    """Who talks to whom while the service runs."""
    people = Box(10, 10, 170, "You", ("browser, curl,", "app.client"))
    api = Box(240, 10, 200, "API", ("FastAPI, one process;", "asks and tells at once"), "strong")
    rows = Box(500, 10, 250, "Database", ("SQLite, or PostgreSQL:", "every trial, every lease"))
    watch = Box(240, 135, 200, "Supervisor", ("starts and replaces", "workers, moves runs"))
    work = Box(
        500, 135, 250, "Workers", ("run campaigns and bulk jobs,", "one iteration a transaction")
    )
    arrows = [
        Arrow((people.at("right"), api.at("left")), "HTTP", (192, 36)),
        Arrow((api.at("right"), rows.at("left"))),
        Arrow((watch.at("right"), work.at("left"))),
        Arrow((watch.at("top"), (340, 105), (540, 105), rows.at("bottom", 0.16))),
        Arrow((work.at("top"), rows.at("bottom"))),
    ]
    about = "You talk to the API, it to the database; supervised workers read and write there."
    return drawing("processes", 760, 215, about, [*arrows, people, api, rows, watch, work])
