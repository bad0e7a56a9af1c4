"""Recording what happened, one event or many, in the caller's transaction."""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from audit.models import SYSTEM_CHAIN
from core.canonical import canonical_json, plain
from core.errors import InvalidInput
from core.text import storable

# The payloads go over as one JSON array: an array of 25,000 texts takes the driver longer than all the rest.
APPEND = """
SELECT audit_append(%s, %s, ARRAY(
    SELECT value FROM json_array_elements_text(%s::json) WITH ORDINALITY AS given (value, n) ORDER BY n))
"""
ACTION = re.compile(r"^[a-z_]+\.[a-z_]+$")


@dataclass(frozen=True, slots=True)
class Event:
    """A past-tense fact about one subject, as yet unrecorded."""

    action: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    chain: str = SYSTEM_CHAIN


def case_chain(case_code: str) -> str:
    """The name of a case's chain."""
    return f"case:{case_code}"


def record(*, actor: object, action: str, subject: str, chain: str = SYSTEM_CHAIN, **facts: Any) -> None:
    """Append one event to its chain.

    Raises InvalidInput if `action` is not `noun.participle` or a field holds a line break.
    """
    record_many(actor=actor, events=[Event(action, subject, facts, chain)])


def record_many(*, actor: object, events: Iterable[Event]) -> int:
    """Append many events, one call a chain in one round trip; how many. Chains are taken in order of name: no deadlock."""
    by_chain: dict[str, list[str]] = defaultdict(list)
    for event in events:
        by_chain[_line("chain", event.chain)].append(payload_of(event, actor))
    name = _line("actor", actor_name(actor))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            APPEND, [(chain, name, json.dumps(by_chain[chain], ensure_ascii=False)) for chain in sorted(by_chain)]
        )
    return sum(map(len, by_chain.values()))


def actor_name(actor: object) -> str:
    """How an actor is printed in the trail: `user:7 ines`, or the worker's own name."""
    audit_name = getattr(actor, "audit_name", None)
    return str(audit_name if audit_name is not None else actor)


def payload_of(event: Event, actor: object) -> str:
    """The event as the trail keeps it: RFC 8785 JSON with a random salt, and a person's role then and how they had signed in."""
    if not ACTION.match(event.action):
        raise InvalidInput("action", event.action, "it is written noun.participle, as in decision.approved")
    body: dict[str, Any] = {
        "action": event.action,
        "subject": _line("subject", event.subject),
        "facts": _storable(plain(dict(event.facts))),
        "salt": secrets.token_hex(32),
    }
    body |= {name: str(value) for name in ("role", "authentication") if (value := getattr(actor, name, ""))}
    return canonical_json(body).decode()


def _storable(value: Any) -> Any:
    """Plain JSON whose strings Postgres can hold and read back."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value


def _line(argument: str, value: str) -> str:
    if not value or "\n" in value or "\x00" in value:
        raise InvalidInput(argument, value, "it is one line of text")
    return storable(value)
