"""The typed Python client: every call of the HTTP contract, without a server or torch.

with Client() as client:
    print(client.molecules.sample(num_molecules=3, seed=1).molecules)
"""

from app.client.campaign import Campaign
from app.client.client import Client
from app.client.errors import (
    AnswerError,
    CampaignFailedError,
    ClientError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    MissingPackageError,
    NoAnswerError,
    NotFoundError,
    NothingToDrawError,
    NotReadyError,
    ProblemError,
    StillRunningError,
    TooLargeError,
    TooManyRequestsError,
    UnauthorizedError,
)
from app.client.retries import Retries

__all__ = [
    "AnswerError",
    "Campaign",
    "CampaignFailedError",
    "Client",
    "ClientError",
    "ConflictError",
    "ForbiddenError",
    "InvalidRequestError",
    "MissingPackageError",
    "NoAnswerError",
    "NotFoundError",
    "NotReadyError",
    "NothingToDrawError",
    "ProblemError",
    "Retries",
    "StillRunningError",
    "TooLargeError",
    "TooManyRequestsError",
    "UnauthorizedError",
]
