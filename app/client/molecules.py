"""Encode, decode, sample, compute, draw."""

from collections.abc import Iterable

from typing_extensions import Unpack

from app.client.endpoint import Endpoint
from app.client.molecule_types import (
    CompleteRequest,
    Decoded,
    DecodeRequest,
    Encoded,
    EncodeRequest,
    InterpolateRequest,
    Interpolation,
    Neighbours,
    NeighboursRequest,
    Properties,
    PropertiesRequest,
    SampleRequest,
    Samples,
)
from app.client.pictures import Drawing, Gallery
from app.client.transport import Transport

ENCODE = Endpoint("POST", "/v1/encode", Encoded, request=EncodeRequest)
DECODE = Endpoint("POST", "/v1/decode", Decoded, request=DecodeRequest)
SAMPLE = Endpoint("POST", "/v1/sample", Samples, request=SampleRequest)
COMPLETE = Endpoint("POST", "/v1/complete", Samples, request=CompleteRequest)
INTERPOLATE = Endpoint("POST", "/v1/interpolate", Interpolation, request=InterpolateRequest)
NEIGHBOURS = Endpoint("POST", "/v1/neighbours", Neighbours, request=NeighboursRequest)
PROPERTIES = Endpoint("POST", "/v1/properties", Properties, request=PropertiesRequest)
DEPICT = Endpoint(
    "GET",
    "/v1/molecules/depiction.svg",
    str,
    query=("smiles", "width", "height", "highlight", "align"),
)


class Molecules:
    """``client.molecules``."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def encode(self, **request: Unpack[EncodeRequest]) -> Encoded:
        """Where the model puts each molecule, and what it decodes from there."""
        return self._http.call(ENCODE, body=request)

    def decode(self, **request: Unpack[DecodeRequest]) -> Decoded:
        """The molecules that each latent decodes to."""
        return self._http.call(DECODE, body=request)

    def sample(self, **request: Unpack[SampleRequest]) -> Samples:
        """New molecules from the prior, or around a molecule."""
        return self._http.call(SAMPLE, body=request)

    def complete(self, **request: Unpack[CompleteRequest]) -> Samples:
        """Whole molecules that continue a scaffold with an open end, or the beginning of one."""
        return self._http.call(COMPLETE, body=request)

    def interpolate(self, **request: Unpack[InterpolateRequest]) -> Interpolation:
        """The way from one molecule to another through the latent space."""
        return self._http.call(INTERPOLATE, body=request)

    def neighbours(self, **request: Unpack[NeighboursRequest]) -> Neighbours:
        """The known molecules nearest to one, of the training set and of your libraries."""
        return self._http.call(NEIGHBOURS, body=request)

    def properties(self, **request: Unpack[PropertiesRequest]) -> Properties:
        """Computed properties of each molecule."""
        return self._http.call(PROPERTIES, body=request)

    def draw(
        self,
        smiles: str,
        *,
        width: int = 300,
        height: int = 200,
        highlight: str | None = None,
        align: str | None = None,
    ) -> Drawing:
        """A drawing, ``width`` by ``height`` pixels; ``highlight`` and ``align`` are SMARTS."""
        asked = {
            "smiles": smiles,
            "width": width,
            "height": height,
            "highlight": highlight,
            "align": align,
        }
        return Drawing(smiles, self._http.call(DEPICT, query=asked))

    def gallery(
        self,
        smiles: Iterable[str],
        captions: Iterable[str] | None = None,
        *,
        width: int = 200,
        height: int = 150,
        highlight: str | None = None,
    ) -> Gallery:
        """Drawings side by side, each with its caption, or its SMILES where there are none.

        Raises:
            ValueError: there are more or fewer captions than molecules.
        """
        molecules = list(smiles)
        below = molecules if captions is None else list(captions)
        return Gallery(
            tuple(
                (self.draw(one, width=width, height=height, highlight=highlight), caption)
                for one, caption in zip(molecules, below, strict=True)
            )
        )
