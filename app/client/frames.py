"""Results as a pandas data frame, with RDKit molecules if wanted; both are imported when used."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from app.client.errors import MissingPackageError


def to_frame(rows: Sequence[dict[str, Any]], *, molecules: bool) -> Any:  # noqa: ANN401
    """A data frame of ``rows``; with ``molecules`` a column ``molecule`` made of their ``smiles``.

    A molecule is None where the SMILES is. A notebook draws them, in this frame and in those that
    `PandasTools.RenderImagesInAllDataFrames()` of RDKit is told of.

    Raises:
        MissingPackageError: pandas, or RDKit, is not installed.
    """
    frame = optional("pandas").DataFrame(rows)
    if molecules:
        read = optional("rdkit.Chem").MolFromSmiles
        frame["molecule"] = [row["smiles"] and read(row["smiles"]) for row in rows]
        optional("rdkit.Chem.PandasTools").ChangeMoleculeRendering(frame)
    return frame


def optional(name: str) -> Any:  # noqa: ANN401
    """A module that only some calls need.

    Raises:
        MissingPackageError: it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        raise MissingPackageError(
            f"this needs {package}, which is not installed: pip install {package}", name=package
        ) from error
