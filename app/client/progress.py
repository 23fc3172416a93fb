"""Wait for a campaign, and see it go on."""

from collections.abc import Callable
from time import monotonic, sleep

from tqdm.auto import tqdm  # type: ignore[import-untyped]

from app.client.errors import StillRunningError
from app.client.insight_types import Progress


def wait(
    read: Callable[[], Progress],
    *,
    name: str,
    poll_seconds: float,
    timeout: float | None,
    bar: bool,
) -> Progress:
    """The progress of a campaign once it does not run (any more).

    Args:
        read: Asks how far it is.
        name: What the bar is called.
        poll_seconds: Between one question and the next.
        timeout: Seconds to wait at most; None: as long as it takes.
        bar: Whether to show one, of evaluated molecules, with the best utility so far.

    Raises:
        StillRunningError: the timeout is over.
    """
    end = None if timeout is None else monotonic() + timeout
    progress = read()
    with tqdm(
        desc=name,
        total=progress.max_evaluations,
        initial=progress.num_evaluations,
        unit="mol",
        disable=not bar,
    ) as shown:
        while True:
            shown.n = progress.num_evaluations
            shown.total = progress.max_evaluations
            shown.set_postfix(_postfix(progress))
            if progress.state != "running":
                return progress
            if end is not None and monotonic() + poll_seconds > end:
                raise StillRunningError(
                    f"{name} still runs after {timeout:g} s: {progress.num_evaluations} of "
                    f"{progress.max_evaluations} molecules are evaluated"
                )
            sleep(poll_seconds)
            progress = read()


def _postfix(progress: Progress) -> dict[str, str]:
    best = {"best": f"{progress.best_so_far[-1]:.4g}"} if progress.best_so_far else {}
    return best | {"state": progress.state}
