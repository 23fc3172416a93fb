"""``python -m app.engine.alive``: the health check of a worker's container.

No command of ``molwright``: it runs twice a minute, and those import torch.
"""

import socket
import sys

from app.database import create_engine, create_session_factory
from app.engine.workers import lives_on
from app.settings import Settings


def main() -> int:
    """The exit status: 0 where a worker process of this host lives, by its lease; otherwise 1."""
    engine = create_engine(Settings())
    try:
        if lives_on(create_session_factory(engine), socket.gethostname()):
            return 0
    finally:
        engine.dispose()
    sys.stderr.write(f"no worker of {socket.gethostname()} is running\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
