"""Who is behind a request: set once, where the request comes in, and asked wherever it matters."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from app.errors import ForbiddenError


class Scope(StrEnum):
    """What a key is good for; each includes the ones before it."""

    READ = "read"
    """Read campaigns; whatever computes and stores nothing."""
    WRITE = "write"
    """Create and change campaigns."""
    ADMIN = "admin"
    """Everybody's campaigns, and the audit log."""

    def includes(self, other: "Scope") -> bool:
        """Whether it is good for ``other`` too."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. Campaigns belong to the owner of a key, so they outlive the key."""

    owner: str | None
    """None: whoever sits at this machine, where no keys are asked for."""
    scope: Scope
    key_id: str | None = None
    requests_per_minute: int | None = None
    """None: the service's own limit, as with the next."""
    max_body_bytes: int | None = None

    @property
    def is_admin(self) -> bool:
        """Whether every campaign is theirs to see and to change."""
        return self.scope is Scope.ADMIN

    def require(self, scope: Scope) -> None:
        """Let those pass whose key has the scope.

        Raises:
            ForbiddenError: it has less.
        """
        if not self.scope.includes(scope):
            raise ForbiddenError(f"this needs a key of scope {scope}; yours has {self.scope}")


LOCAL = Actor(None, Scope.ADMIN)
"""Everybody, where the service asks for no keys."""

ACTOR: ContextVar[Actor] = ContextVar("actor")
"""Of the request that is being answered. No default: a request that nobody let in is an error."""
