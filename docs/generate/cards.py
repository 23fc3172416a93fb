"""The model cards, from what lies beside the weights."""

from collections.abc import Iterator, Mapping
from typing import Any

from docs.generate.markdown import table

FOLDER = "models"
SIZES = {
    "latent_dim": "latent dimensions",
    "embedding_dim": "dimensions of a token",
    "encoder_layers": "encoder layers (each way)",
    "encoder_hidden": "encoder units",
    "decoder_layers": "decoder layers",
    "decoder_hidden": "decoder units",
    "max_tokens": "tokens at most",
}


def pages() -> dict[str, str]:
    """A page a bundled model, and the list of them."""
    from chemvae import checkpoints

    names = checkpoints.available()
    return {f"{FOLDER}/{name}.md": _page(name) for name in names} | {
        f"{FOLDER}/index.md": _index(names)
    }


def _index(names: list[str]) -> str:
    from chemvae import checkpoints

    rows = []
    for name in names:
        card, model = checkpoints.card(name), checkpoints.read_config(checkpoints.locate(name))
        made = card["reconstruction"]
        rows.append(
            (
                f"[`{name}`]({name}.md)",
                f"{card['parameters']:,}",
                str(model["model"]["latent_dim"]),
                _percent(made["greedy_from_mean"]),
                _percent(card["inversion"]["reconstruction"]),
                _percent(card["generation"]["masked_validity"][model["prior"]]["greedy"]),
            )
        )
    head = ("model", "parameters", "latent", "reconstructed", "after inversion", "valid, masked")
    return "\n\n".join(["# The bundled models", INTRODUCTION, table(head, rows), WHICH]) + "\n"


INTRODUCTION = """They come with the package, weights and cards, and are ready at once. Every
number was measured on these weights, by `chemvae evaluate`, on the published test molecules."""
WHICH = """`zinc250k` is for drug-like molecules and the default. `qm9` knows molecules of up to
nine heavy atoms of carbon, nitrogen, oxygen and fluorine: small, quick, and good for trying things
out. A model of [your own](../guides/training.md) is used by its directory, and has the same card
once it was evaluated.

What the measures mean is in the [glossary](../glossary.md); among published numbers they stand on
[the scoreboard](../scoreboard.md)."""


def _page(name: str) -> str:
    from chemvae import checkpoints

    directory = checkpoints.locate(name)
    card, config = checkpoints.card(name), checkpoints.read_config(directory)
    parts = [f"# {name}", *_facts(card, config, checkpoints.fingerprint(directory))]
    parts += ["## Measured", _measured(card), "## Around a molecule", AROUND]
    parts += [f"<!-- figure: radii {name} -->", "## Training", _training(config)]
    return "\n\n".join(parts) + "\n"


AROUND = """What a [scaled radius](../guides/latent-space.md) means for molecules: draws around test
molecules, decoded greedily, by how similar they are to the molecule drawn around and how many are
molecules at all."""


def _facts(card: Mapping[str, Any], config: Mapping[str, Any], digest: str) -> Iterator[str]:
    model, data = config["model"], card["data"]
    heads = ", ".join(f"`{name}`" for name in model["properties"]) or "none"
    rows = [
        ("data", f"{data['name']}, sha256 `{data['sha256'][:12]}…`; {data['licence']}"),
        ("weights", f"sha256 `{digest[:12]}…`, {card['parameters']:,} parameters"),
        ("network", ", ".join(f"{model[key]} {words}" for key, words in SIZES.items())),
        ("vocabulary", f"{len(config['vocabulary'])} tokens"),
        ("prior that is served", f"`{config['prior']}`"),
        ("property heads", heads),
    ]
    yield table(("part", "this model"), rows)
    yield f"Over HTTP: `GET /v1/models/{data['name']}`."


def _measured(card: Mapping[str, Any]) -> str:
    from chemvae.evaluation.scoreboard import lines

    marks = {True: " ✓", False: "", None: ""}
    rows = [
        (line.measure, line.reached + marks[line.met], line.target, line.peer)
        for line in lines(card)
    ]
    used = card["protocol"]
    stack = ", ".join(f"{key} {used[key]}" for key in ("rdkit", "torch", "fcd_torch", "gpytorch"))
    said = f"Seed {used['seed']}, {used['device']}, {stack}. ✓: the target is reached."
    return f"{said}\n\n{table(('measure', 'reached', 'target', 'best peer'), rows)}"


def _training(config: Mapping[str, Any]) -> str:
    rows = [(f"`{key}`", f"`{value}`") for key, value in config["training"].items()]
    said = (
        "The last stage's settings; the stages before it, and why, are in decisions "
        "[8](../decisions/0008-training-recipe.md), "
        "[23](../decisions/0023-learning-from-samples.md) "
        "and [25](../decisions/0025-qm9-learns-from-samples.md)."
    )
    return f"{said}\n\n{table(('setting', 'value'), rows)}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
