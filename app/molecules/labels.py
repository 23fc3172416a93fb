"""Labels that a request wants the decoder to be told, checked against the model it names."""

from collections.abc import Mapping

from app.errors import FieldError, InvalidRequestError
from app.models.serial import SerialModel
from chemvae import labels
from chemvae.errors import ConfigError


def require_told(model: SerialModel, wanted: Mapping[str, float], pointer: str = "/labels") -> None:
    """Check the labels that a request has at ``pointer``.

    Raises:
        InvalidRequestError: the model's decoder is told no labels, or not one of them.
    """
    try:
        labels.require_told(wanted, model.conditions)
    except ConfigError as error:
        raise InvalidRequestError(
            str(error), code="unknown_label", errors=[FieldError(pointer, str(error))]
        ) from error
