"""Which calls are tried again, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from app.client.endpoint import Endpoint
from app.client.errors import ClientError, NoAnswerError, ProblemError, TooManyRequestsError

T = TypeVar("T")

PASSING = frozenset({502, 503, 504})
"""Statuses of a service, or of a proxy before it, that may be there again soon."""

TIMED_OUT = "timed_out"
"""Code of a 503: the service gave up computing, so that the same again would end the same."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a call is tried, and how patiently.

    Between tries it waits a random time, of at most ``first_wait`` seconds, then of twice as much
    and so on, or longer where the service says so (`Retry-After`). A service that wants to be left
    alone for more than ``longest_wait`` seconds is not waited for: its error is raised at once.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 60.0

    def run(self, endpoint: Endpoint[Any], keyed: bool, send: Callable[[], T]) -> T:
        """What ``send`` returns, tried again where that can do no harm.

        Raises:
            ClientError: of the last try.
        """
        backoff = wait_random_exponential(multiplier=self.first_wait, max=self.longest_wait)

        def wait(state: RetryCallState) -> float:
            error = None if state.outcome is None else state.outcome.exception()
            return max(backoff(state), _retry_after(error))

        again = retry_if_exception(lambda error: self._is_worth_it(error, endpoint, keyed))
        tries = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=wait,
            retry=again,
            sleep=sleep,
            reraise=True,
        )
        return tries(send)

    def _is_worth_it(self, error: BaseException, endpoint: Endpoint[Any], keyed: bool) -> bool:
        if not isinstance(error, ClientError) or _retry_after(error) > self.longest_wait:
            return False
        repeatable = keyed or endpoint.repeat == "safe"
        if isinstance(error, NoAnswerError):
            return repeatable or not error.was_sent
        if isinstance(error, TooManyRequestsError):
            # Refused at the door: nothing was done.
            return True
        if isinstance(error, ProblemError) and error.problem.status in PASSING:
            return repeatable and (keyed or error.code != TIMED_OUT)
        return False


def _retry_after(error: BaseException | None) -> float:
    return (error.retry_after or 0.0) if isinstance(error, ProblemError) else 0.0
