"""The nearest known molecules of one."""

from collections.abc import Mapping

import numpy as np

from app.errors import ConflictError, FieldError, InvalidRequestError
from app.known.schemas import KnownMolecule, NeighboursReply, NeighboursRequest
from app.models.store import ModelStore
from chemvae.known.index import Known, KnownIndex
from chemvae.known.latents import Latents
from chemvae.known.rows import Compound
from data.errors import MoleculeError, Refusal


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
    found: list[KnownMolecule] = []
    for library, index in indexes.items():
        same_model = index.model == model.fingerprint
        if request.space == "latent" and not same_model:
            message = f"the library {library} was encoded by another model than {name!r}"
            raise _invalid("/libraries", Refusal("other_model", message))
        nearest = _nearest(request, index, compound, latent if same_model else None)
        found += [KnownMolecule.of(library, item, compound.inchi_key) for item in nearest]
    found.sort(key=_by_latent if request.space == "latent" else _by_fingerprint)
    return NeighboursReply(
        model=name,
        smiles=compound.smiles,
        inchi_key=compound.inchi_key,
        in_training_set=None if trained_on is None else compound.inchi_key in trained_on,
        num_compared=sum(len(index) for index in indexes.values()),
        neighbours=found[: request.k],
    )


def no_training_index(model: str) -> ConflictError:
    """What is answered where the training set was asked for and never indexed."""
    return ConflictError(
        f"the training set of {model!r} is not indexed here; whoever runs this service does so by "
        "`molwright index`",
        code="no_index",
    )


def _nearest(
    request: NeighboursRequest, index: KnownIndex, compound: Compound, latent: Latents | None
) -> list[Known]:
    if request.space == "latent" and latent is not None:
        return index.nearest_in_latent_space(compound.bits, latent, request.k)
    return index.nearest(compound.bits, latent, request.k, request.min_similarity)


def _compound(smiles: str) -> Compound:
    try:
        return Compound.of(smiles)
    except MoleculeError as error:
        raise _invalid("/smiles", Refusal.from_error(error)) from error


def _invalid(pointer: str, refusal: Refusal) -> InvalidRequestError:
    return InvalidRequestError(
        refusal.message, code=refusal.code, errors=[FieldError(pointer, refusal.message)]
    )


def _by_latent(item: KnownMolecule) -> float:
    return np.inf if item.latent_distance is None else item.latent_distance


def _by_fingerprint(item: KnownMolecule) -> float:
    return item.fingerprint_distance
