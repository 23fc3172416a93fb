"""The nearest known molecules of one."""

from collections.abc import Mapping
from typing import Literal

from app.errors import FieldError, InvalidRequestError
from app.known.schemas import KnownMolecule, NeighboursReply, NeighboursRequest
from app.models.store import ModelStore
from chemvae.known.index import Known, KnownIndex
from chemvae.known.latents import Latents
from chemvae.known.rows import Compound
from data.errors import MoleculeError, Refusal

Space = Literal["latent", "fingerprint"]


def search(
    models: ModelStore, request: NeighboursRequest, indexes: Mapping[str, KnownIndex]
) -> NeighboursReply:
    """The nearest molecules of all ``indexes``, which are named as the request names them.

    Raises:
        InvalidRequestError: the molecule cannot be read, or has no latent to compare; or a library
            is of another model.
    """
    name = request.model or models.default
    compound = _compound(request.smiles)
    model, trained_on = models.get(name), models.training_index(name)
    encoding = model.encode([compound.smiles])[0]
    latent: Latents | None = None
    if not isinstance(encoding, Refusal):
        latent = encoding.mean.numpy()
    elif request.space == "latent":
        raise _invalid("/smiles", encoding)
    found = merged(
        indexes,
        compound,
        latent,
        model.fingerprint,
        request.k,
        request.space,
        request.min_similarity,
    )
    return NeighboursReply(
        model=name,
        smiles=compound.smiles,
        inchi_key=compound.inchi_key,
        in_training_set=None if trained_on is None else compound.inchi_key in trained_on,
        num_compared=sum(len(index) for index in indexes.values()),
        neighbours=[KnownMolecule.of(library, item, compound.inchi_key) for library, item in found],
    )


def merged(
    indexes: Mapping[str, KnownIndex],
    compound: Compound,
    latent: Latents | None,
    model: str,
    k: int,
    space: Space,
    least: float = 0.0,
) -> list[tuple[str, Known]]:
    """The ``k`` nearest of all indexes, each with the name of its own; of equals the first index's.

    Args:
        indexes: By name.
        compound: The molecule asked about.
        latent: Its posterior mean, ``d``; the space ``latent`` needs it.
        model: Fingerprint of the model whose latent it is.
        k: How many.
        space: Which distance ranks.
        least: Tanimoto similarity, in the space ``fingerprint``.

    Raises:
        InvalidRequestError: a library is of another model, whose latents mean something else.
    """
    found: list[tuple[str, Known]] = []
    for name, index in indexes.items():
        comparable = latent if index.model == model else None
        if space == "fingerprint":
            items = index.nearest(compound.bits, comparable, k, least)
        elif comparable is not None:
            items = index.nearest_in_latent_space(compound.bits, comparable, k)
        else:
            message = f"the library {name} was encoded by another model"
            raise _invalid("/libraries", Refusal("other_model", message))
        found += [(name, item) for item in items]
    found.sort(key=_by_fingerprint if space == "fingerprint" else _by_latent)
    return found[:k]


def _compound(smiles: str) -> Compound:
    try:
        return Compound.of(smiles)
    except MoleculeError as error:
        raise _invalid("/smiles", Refusal.from_error(error)) from error


def _invalid(pointer: str, refusal: Refusal) -> InvalidRequestError:
    return InvalidRequestError(
        refusal.message, code=refusal.code, errors=[FieldError(pointer, refusal.message)]
    )


def _by_latent(pair: tuple[str, Known]) -> float:
    distance = pair[1].latent_distance
    return float("inf") if distance is None else distance


def _by_fingerprint(pair: tuple[str, Known]) -> float:
    return pair[1].fingerprint_distance
