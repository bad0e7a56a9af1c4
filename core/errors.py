"""What can go wrong in the domain, in words a person can act on.

Services raise these; `core.http` turns them into pages and `api` into problem JSON, once.
"""

from __future__ import annotations


class DomainError(Exception):
    """A request that the house refuses, with a sentence for the person who made it."""

    status = 400
    title = "This could not be done"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class InvalidInput(DomainError):
    """An argument outside its allowed range: names the argument, the value and the range."""

    status = 422
    title = "The input is not valid"

    def __init__(self, argument: str, value: object, allowed: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= 120 else f"{shown[:117]}..."
        super().__init__(
            f"{argument}: {shown} is not allowed; {allowed}.", argument=argument, value=shown, allowed=allowed
        )


class NotAllowed(DomainError):
    """The actor's role or part in the matter does not permit this."""

    status = 403
    title = "You may not do this"


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    status = 404
    title = "Not found"


class Conflict(DomainError):
    """Somebody else changed the thing first; says what changed."""

    status = 409
    title = "This changed while you were looking"


class Unavailable(DomainError):
    """An outside part (lake, broker, webhook) cannot answer now."""

    status = 503
    title = "Temporarily unavailable"
