"""What the commands share: options, and errors in one readable line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from chemvae.errors import ChemvaeError, ConfigError
from chemvae.seeds import MAX_SEED
from data.errors import DataError

Setting = bool | int | float | str | tuple[str, ...]
"""What a setting of a model or a training run may be."""

Model = Annotated[str, typer.Option(help="A bundled model's name, or a checkpoint directory.")]
SmilesColumn = Annotated[str | None, typer.Option(help="Of a CSV file.")]
TestData = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        help="A published data set, whose test split counts, or a file of molecules. Default: that "
        "of the model, or the test molecules that its run held out of a file.",
    ),
]
Device = Annotated[str, typer.Option(help="cpu, cuda or auto.")]
Seed = Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Decides everything random.")]
Temperature = Annotated[float, typer.Option(min=0.0, help="0 is greedy.")]
TopK = Annotated[
    int | None, typer.Option(min=1, help="Sample among that many likeliest tokens alone.")
]
TopP = Annotated[
    float | None,
    typer.Option(help="Sample among the fewest tokens whose probabilities add up to this."),
]
Label = Annotated[
    list[str] | None,
    typer.Option(help="What a label-conditional decoder is told, e.g. --label logp=2.5"),
]
Constrained = Annotated[
    bool,
    typer.Option("--constrained/--unconstrained", help="Mask what cannot become a valid molecule."),
]


@contextmanager
def readable_errors() -> Iterator[None]:
    """One line and exit code 2 for what the user can mend; anything else keeps its traceback."""
    try:
        yield
    except (ChemvaeError, DataError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        if error.filename is None:  # no path that could be given another
            raise
        typer.echo(f"error: {error.filename}: {error.strerror}; give another path", err=True)
        raise typer.Exit(2) from error


def told_labels(wanted: list[str] | None) -> dict[str, float] | None:
    """`name=number` wishes as data; none without any.

    Raises:
        ConfigError: A wish that is written otherwise.
    """
    labels = {}
    for wish in wanted or ():
        name, _, text = wish.partition("=")
        try:
            labels[name] = float(text)
        except ValueError as error:
            raise ConfigError(f"{wish!r} is no label; write name=number, as logp=2.5") from error
    return labels or None


def setting_value(setting: str, default: Setting) -> Setting:
    """What `name=text` says, of the type of the setting's default.

    Raises:
        ConfigError: It is of another type.
    """
    name, _, text = setting.partition("=")
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(default, tuple):
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return type(default)(text)
    except (ValueError, KeyError) as error:
        kind = "true or false" if isinstance(default, bool) else f"a {type(default).__name__}"
        raise ConfigError(f"{setting!r}: {name} takes {kind}") from error
