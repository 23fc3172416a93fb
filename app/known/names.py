"""What libraries are called in requests."""

from typing import Annotated

from pydantic import Field

TRAINING = "training"
"""The training set of the model."""

MAX_LIBRARIES = 20
"""Searched at a time."""

LibraryName = Annotated[str, Field(min_length=1, max_length=32)]
