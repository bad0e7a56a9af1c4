"""Hostile text in every text field that the house's tables hold."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from tests.support.world import house_models

LONG_WORD = "W" * 10_000
ATTACKS = (
    "<script>window.pwned='script'</script>",
    "<img src=x onerror=\"window.pwned='image'\">",
    '"><svg onload="window.pwned=1"><a href="javascript:window.pwned=1">',
    "' onmouseover='window.pwned=1' x='",
    "[a](javascript:window.pwned=1) javascript:window.pwned=1",
    "{{ 'pwned'|add:'7' }}{% now 'Y' %}${window.pwned=1}",
    "\u202egpj.exe\u2066\u2069",  # the name of a picture, read from the right
    "in\u200bvis\u200dible\ufeff\u00ad",
    "\x1b[31mred\x1b[0m\x07\x85",
    '=HYPERLINK("http://evil.example",1)',
    "\\u0000 \\x00",
    "<b>bold</b><br><extra>%{x}</extra><a href='javascript:window.pwned=1'>plot</a>",
    "שלום עולם مرحبا",
    "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0323\u0331",
)
# What is an address, a digest, a word of a closed list or the name of a thing inside: pages never get it from outside.
KEPT = {"code", "slug", "key", "signal", "kind", "content_state", "connector", "version", "tier", "chain", "model"}
KEPT |= {"username", "password", "email", "time_zone", "action", "country", "path", "ref", "column", "field"}
KEPT_PARTS = ("sha256", "digest", "hash", "fingerprint", "token", "_key", "key_", "code_version")


def poison() -> dict[str, list[str]]:
    """Put the attacks into each text field of each row; returns the fields by model. The trail is append-only and apart."""
    done: dict[str, list[str]] = {}
    turn = 0
    for model in house_models():
        if model._meta.app_label == "audit":
            continue
        names = [one for one in model._meta.concrete_fields if _is_open(one)]
        done[model._meta.label] = [one.name for one in names]
        for row in model._default_manager.order_by("pk"):
            for one in names:
                if getattr(row, one.name):
                    turn += 1
                    setattr(row, one.name, hostile(turn, row.pk, one.max_length))
            if names:
                model._default_manager.filter(pk=row.pk).update(**{one.name: getattr(row, one.name) for one in names})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return done


def hostile(turn: int, number: Any, most: int | None = None) -> str:
    """All attacks, each time with another in front; every fourth ends in a word of 10,000 letters."""
    start = turn % len(ATTACKS)
    words = " ".join(ATTACKS[start:] + ATTACKS[:start])
    tail = LONG_WORD if turn % 4 == 0 and most is None else ""
    return f"{words} {number}-{turn} {tail}"[:most]


def _is_open(one: models.Field[Any, Any]) -> bool:
    text = isinstance(one, models.CharField | models.TextField) and not one.choices and not one.primary_key
    return text and one.name not in KEPT and not any(part in one.name for part in KEPT_PARTS)
